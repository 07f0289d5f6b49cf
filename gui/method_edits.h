// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of a project's methods that keep it valid: what a new method needs is added with it, and what no longer fits
// is set back. The rules themselves are the engine's (validate_project).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "project/method_kind.h"
#include "project/project.h"

namespace method_edits {

/// A schedule that the smaller budgets, where there are some, allow: "wsd" where it fits them, else "constant".
void fitSchedule(pantograph::project::GenericSpec& generic);

/// Adds a method of the kind and what it needs (a larger network, a teacher, networks where there are none); gives its
/// name. A second one of a kind with adapters takes over the first one's pretraining and adapts it by LoRA; a student
/// is that of a baseline's run.
std::string add(pantograph::project::Project& project, const std::string& id);

/// A copy under a free name, after the original; gives its name.
std::string duplicate(pantograph::project::Project& project, const std::string& name);

/// Removes the method, and the students whose only teacher it was; others that name it go on by themselves.
void remove(pantograph::project::Project& project, const std::string& name);

/// Names of the methods that remove() takes away with this one.
std::vector<std::string> removedWith(const pantograph::project::Project& project, const std::string& name);

/// Empty, or why `to` is no good name. Others that name the method, or a point of its grid, follow.
std::string rename(pantograph::project::Project& project, const std::string& name, const std::string& to);

/// Takes the generic phase from `other`, or with "" has one of its own again, set as that was.
void setPretrained(pantograph::project::Project& project, const std::string& name, const std::string& other);

/// Methods and points of grids whose generic phase the method can take over.
std::vector<std::string> pretrainedFrom(const pantograph::project::Project& project, const std::string& name);

/// Sets back, in every method, what the rules complain of. What is wrong elsewhere (a network's shape) is left alone.
void mend(pantograph::project::Project& project);

/// The first broken rule about methods or the networks that they use.
std::optional<pantograph::ErrorText> problem(const pantograph::project::Project& project);

/// Those of `candidates` that the rules accept once `set` has written them into a copy of the project.
std::vector<std::string> accepted(
    const pantograph::project::Project& project, const std::vector<std::string>& candidates,
    const std::function<void(pantograph::project::Project& project, const std::string& candidate)>& set);

/// Names of the project's methods, or of those whose kind has a trait.
std::vector<std::string> namesOf(const pantograph::project::Project& project);
std::vector<std::string> namesOf(const pantograph::project::Project& project,
                                 const pantograph::project::KindTrait& trait);

/// A copy of a small or projected network under a free name; gives its name.
std::string duplicateNetwork(pantograph::project::Project& project, const std::string& name);

/// The methods and projected networks that use a network; one that nothing uses can go.
std::vector<std::string> usersOf(const pantograph::project::Project& project, const std::string& network);
void removeNetwork(pantograph::project::Project& project, const std::string& name);

}  // namespace method_edits

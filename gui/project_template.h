// SPDX-License-Identifier: GPL-3.0-or-later
// What "New" starts from: one small and one projected network, slm and slm-pn at equal cost, no corpora yet.
#pragma once

#include "project/project.h"

pantograph::project::Project newProject();

/// A method of the kind with the project's networks and the budget of its first method. See method_edits::add() for
/// one whose needs are added as well.
pantograph::project::MethodSpec newMethod(const pantograph::project::Project& project, const std::string& id);

/// The small network that domains get: that of the first baseline, else the first one. Null without any.
const pantograph::project::SmallNetworkSpec* servedNetwork(const pantograph::project::Project& project);

/// The widest network that is wider than servedNetwork(). Null without one.
const pantograph::project::SmallNetworkSpec* largeNetwork(const pantograph::project::Project& project);

/// `wanted`, or wanted-2, wanted-3 …: not yet a name of a corpus (a method, a network). Letters, digits, - and _ only.
std::string freeCorpusName(const pantograph::project::Project& project, const std::string& wanted);
std::string freeMethodName(const pantograph::project::Project& project, const std::string& wanted);
std::string freeNetworkName(const pantograph::project::Project& project, const std::string& wanted);

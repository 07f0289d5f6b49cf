# SPDX-License-Identifier: GPL-3.0-or-later
# How the project's targets are made: one static library per room of the engine, so that a room's link line says which
# rooms it may call; one executable per test file.

find_program(PANTOGRAPH_CCACHE ccache)
if(PANTOGRAPH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${PANTOGRAPH_CCACHE})
endif()

add_library(pantograph_options INTERFACE)
target_compile_options(pantograph_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
if(PANTOGRAPH_WERROR)
  target_compile_options(pantograph_options INTERFACE -Werror)
endif()
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Only here does the linker see two types of one name.
  target_link_options(pantograph_options INTERFACE -Wodr -Wlto-type-mismatch $<$<BOOL:${PANTOGRAPH_WERROR}>:-Werror>)
endif()
if(PANTOGRAPH_SANITIZE)
  # Without -fno-sanitize-recover, undefined behaviour would be a line of output and a test that passes.
  target_compile_options(pantograph_options INTERFACE
    -fsanitize=${PANTOGRAPH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # What they add hides from GCC 12 that std::function is initialized (in <regex>).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(pantograph_options INTERFACE -fsanitize=${PANTOGRAPH_SANITIZE})
endif()
if(PANTOGRAPH_CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(pantograph_options INTERFACE -fpch-preprocess)
endif()
if(PANTOGRAPH_FUZZ)
  target_compile_options(pantograph_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(pantograph_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# LibTorch: Debian's CMake package asks for parts that a CPU build does not need, so the libraries are found by name first.
function(pantograph_find_torch)
  if(TARGET pantograph_torch)
    return()
  endif()
  add_library(pantograph_torch INTERFACE)
  find_path(PANTOGRAPH_TORCH_INCLUDE torch/csrc/api/include/torch/torch.h HINTS ${Torch_ROOT}/include)
  find_library(PANTOGRAPH_TORCH torch HINTS ${Torch_ROOT}/lib)
  find_library(PANTOGRAPH_TORCH_CPU torch_cpu HINTS ${Torch_ROOT}/lib)
  find_library(PANTOGRAPH_C10 c10 HINTS ${Torch_ROOT}/lib)
  find_library(PANTOGRAPH_TORCH_CUDA torch_cuda HINTS ${Torch_ROOT}/lib)
  find_library(PANTOGRAPH_C10_CUDA c10_cuda HINTS ${Torch_ROOT}/lib)
  if(NOT PANTOGRAPH_TORCH_INCLUDE OR NOT PANTOGRAPH_TORCH OR NOT PANTOGRAPH_TORCH_CPU OR NOT PANTOGRAPH_C10)
    message(FATAL_ERROR "LibTorch was not found. Install libtorch-dev, or give -DTorch_ROOT=DIR (the folder that holds include/ and lib/).")
  endif()
  target_include_directories(pantograph_torch SYSTEM INTERFACE
    ${PANTOGRAPH_TORCH_INCLUDE} ${PANTOGRAPH_TORCH_INCLUDE}/torch/csrc/api/include)
  if(PANTOGRAPH_TORCH_CUDA)
    # --no-as-needed: nothing calls into torch_cuda by name, it registers itself when loaded.
    target_link_libraries(pantograph_torch INTERFACE -Wl,--no-as-needed ${PANTOGRAPH_TORCH_CUDA} ${PANTOGRAPH_C10_CUDA} -Wl,--as-needed)
  endif()
  target_link_libraries(pantograph_torch INTERFACE ${PANTOGRAPH_TORCH} ${PANTOGRAPH_TORCH_CPU} ${PANTOGRAPH_C10})
  if(DEFINED PANTOGRAPH_TORCH_ABI)
    target_compile_definitions(pantograph_torch INTERFACE _GLIBCXX_USE_CXX11_ABI=${PANTOGRAPH_TORCH_ABI})
  endif()
endfunction()

# One compiled LibTorch header, shared by every room that has TORCH_SOURCES.
function(pantograph_torch_pch)
  if(TARGET pantograph_torch_pch)
    return()
  endif()
  pantograph_find_torch()
  # Written only when it changes, so that configuring again builds nothing.
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/torch_pch.cpp CONTENT "// Carries the precompiled LibTorch header.\n")
  add_library(pantograph_torch_pch STATIC ${CMAKE_BINARY_DIR}/torch_pch.cpp)
  set_target_properties(pantograph_torch_pch PROPERTIES AUTOMOC OFF)
  target_link_libraries(pantograph_torch_pch PUBLIC pantograph_options pantograph_torch)
  target_precompile_headers(pantograph_torch_pch PRIVATE <torch/torch.h>)
endfunction()

# pantograph_room(NAME [SOURCES a.cpp …] [TORCH_SOURCES b.cpp …] LINKS lib …): the static library pantograph_NAME.
# LINKS are public (other rooms and libraries). TORCH_SOURCES include LibTorch; nobody else sees it, and fuzz targets do without:
# clang 14 does not take LibTorch 1.13's headers as C++20.
function(pantograph_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TORCH_SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  set(target pantograph_${name})
  if(PANTOGRAPH_FUZZ)
    set(ARG_TORCH_SOURCES)
  endif()
  add_library(${target} STATIC ${ARG_SOURCES} ${ARG_TORCH_SOURCES})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/engine)
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE pantograph_options ${ARG_PRIVATE_LINKS})
  if(ARG_TORCH_SOURCES)
    pantograph_torch_pch()
    target_link_libraries(${target} PUBLIC $<LINK_ONLY:pantograph_torch> PRIVATE pantograph_torch)
    target_precompile_headers(${target} REUSE_FROM pantograph_torch_pch)
    set_source_files_properties(${ARG_SOURCES} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# pantograph_test(NAME [TORCH] [SOURCES extra.cpp …] [LINKS lib …] [TIMEOUT seconds]): test NAME from NAME.cpp (Qt Test).
# QT_NO_KEYWORDS lets a test include LibTorch: write Q_SLOTS, not slots.
function(pantograph_test name)
  cmake_parse_arguments(ARG "TORCH" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${name}.cpp ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON)
  target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS
    PANTOGRAPH_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PANTOGRAPH_BINARY_DIR="${PROJECT_BINARY_DIR}")
  # GCC 12 sees overlaps in short strings put together that are not there (its bug 105651); tests put many together.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE pantograph_options ${ARG_LINKS} Qt6::Test)
  if(ARG_TORCH)
    pantograph_find_torch()
    target_link_libraries(${name} PRIVATE pantograph_torch)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set(environment "QT_QPA_PLATFORM=offscreen;OMP_NUM_THREADS=2;GOMP_SPINCOUNT=20000;QT_LOGGING_RULES=qt.qpa.*=false")
  if(PANTOGRAPH_SANITIZE MATCHES "thread")
    list(APPEND environment "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp ignore_noninstrumented_modules=1 die_after_fork=0")
  endif()
  if(PANTOGRAPH_SANITIZE)
    math(EXPR ARG_TIMEOUT "10 * ${ARG_TIMEOUT}")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${environment}")
endfunction()

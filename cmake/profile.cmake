# Profile-guided optimisation of what is released: how often each branch was taken under the loads of test/bench/train.sh, as
# ./dev profile has counted it. Another compiler counts other branches, and goes without.
option(BRIDGEWATCH_COUNT_BRANCHES "Build programs that count branches, for ./dev profile" OFF)
set(branch_counts ${CMAKE_CURRENT_LIST_DIR}/branch_counts.profdata)
file(RELATIVE_PATH from_build ${CMAKE_BINARY_DIR} ${branch_counts}) # the same in each clone, as ccache wants it

if(BRIDGEWATCH_COUNT_BRANCHES)
    add_compile_options(-fprofile-generate -fprofile-update=atomic) # loops are threads
    add_link_options(-fprofile-generate)
elseif(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19 AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20)
    # Code that has changed since, or was not run, is compiled as it would be without.
    add_compile_options("$<$<CONFIG:Release,RelWithDebInfo>:-fprofile-use=${from_build};-Wno-profile-instr-unprofiled;\
-Wno-profile-instr-out-of-date;-Wno-backend-plugin>")
    # Nothing else would tell the build that the counts are others.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${branch_counts})
    file(MD5 ${branch_counts} version)
    add_compile_definitions($<$<CONFIG:Release,RelWithDebInfo>:BRIDGEWATCH_BRANCH_COUNTS=0x${version}>)
endif()

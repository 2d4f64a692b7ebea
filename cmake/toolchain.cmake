# g++ 12.2 miscompiles ordinary coroutine code; see CONTRIBUTING.md.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
    message(FATAL_ERROR "bridgewatch is built with clang 17 or newer (found ${CMAKE_CXX_COMPILER_ID} "
                        "${CMAKE_CXX_COMPILER_VERSION}); use a preset: cmake --preset dev")
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
    add_link_options(-fuse-ld=mold)
endif()

add_library(bridgewatch_warnings INTERFACE)
target_compile_options(bridgewatch_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

include(hardening)
include(profile)
if(BRIDGEWATCH_SANITIZE)
    add_compile_options(-fsanitize=${BRIDGEWATCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${BRIDGEWATCH_SANITIZE})
endif()

# Whole-project definitions: half of the units with them would break the one-definition rule.
add_compile_definitions(
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    SPDLOG_FMT_EXTERNAL)

# What makes a memory fault harder to use; test/system/hardening.cpp reads the program for it.
add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection)
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_compile_options(-fcf-protection=full)
endif()
add_compile_definitions(
    _GLIBCXX_ASSERTIONS
    $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>) # needs optimisation; why not 3: README.md

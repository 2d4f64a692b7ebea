# The Debian package: ./dev package. What goes into it from the build is in app/CMakeLists.txt.
set(BRIDGEWATCH_MAINTAINER "bridgewatch maintainers <maintainers@bridgewatch.invalid>" CACHE STRING
    "Who answers for the package: name and address")

# Debian's form of a changelog, with the date of the last commit, so that equal sources make equal packages.
set(changelog ${CMAKE_BINARY_DIR}/package/changelog)
execute_process(COMMAND git log -1 --format=%cD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT date)
    string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
endif()
file(WRITE ${changelog} "${PROJECT_NAME} (${PROJECT_VERSION}) unstable; urgency=medium

  * What has changed is told in CHANGELOG.md, which is beside this file.

 -- ${BRIDGEWATCH_MAINTAINER}  ${date}
")
execute_process(COMMAND gzip -9nf ${changelog})

set(deploy ${CMAKE_SOURCE_DIR}/deploy)
install(FILES ${deploy}/systemd/bridgewatch.service DESTINATION lib/systemd/system)
install(FILES ${deploy}/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME bridgewatch.conf)
install(FILES ${deploy}/systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME bridgewatch.conf)
install(FILES ${deploy}/debian/copyright ${changelog}.gz CHANGELOG.md DESTINATION share/doc/bridgewatch)
install(FILES ${deploy}/systemd/tls.conf DESTINATION share/doc/bridgewatch/examples)
install(FILES ${deploy}/sql/least-role.sql DESTINATION share/bridgewatch)

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS # whatever the umask is
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${BRIDGEWATCH_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles") # beside the libraries
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql") # for bridgewatch demo
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "search in the audit log of Coder's AI Bridge
bridgewatch serves the API by which Coder's AI Bridge lists interceptions
and sessions, from the same PostgreSQL tables and with the same answers, and
searches them in a language of its own. It reads by a role that may select
and do nothing else.
.
The service starts once /etc/bridgewatch/bridgewatch.conf names a database.")
set(control ${deploy}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${control}/postinst ${control}/prerm ${control}/postrm ${control}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)

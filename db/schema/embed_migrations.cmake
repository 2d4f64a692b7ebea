# Writes a C++ file that holds every SQL file of DIRECTORY, in the order of their numbers, to OUTPUT.
file(GLOB files ${DIRECTORY}/*.sql)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
    get_filename_component(stem ${file} NAME_WE)
    if(NOT stem MATCHES "^0*([1-9][0-9]*)_(.+)$")
        message(FATAL_ERROR "${file}: the name has to be NNNN_what_it_makes.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    file(READ ${file} sql)
    string(APPEND entries "    {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()

file(WRITE ${OUTPUT} "#include \"db/schema/migrate.hpp\"

namespace bridgewatch::schema {
namespace {

constexpr migration embedded[] = {
${entries}};

} // namespace

std::span<migration const> migrations()
{
    return embedded;
}

} // namespace bridgewatch::schema
")

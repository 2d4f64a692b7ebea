# Writes a C++ file that holds the SQL files of DIRECTORY to OUTPUT.
set(fields tables functions triggers_of_interceptions triggers_of_prompts)
set(entries "")
foreach(field IN LISTS fields)
    file(READ ${DIRECTORY}/${field}.sql sql)
    string(APPEND entries "    .${field} = R\"sql(${sql})sql\",\n")
endforeach()

file(WRITE ${OUTPUT} "#include \"db/schema/acceleration_sql.hpp\"

namespace bridgewatch::schema {

acceleration_sql const& embedded_acceleration()
{
    static constexpr acceleration_sql embedded{
${entries}    };
    return embedded;
}

} // namespace bridgewatch::schema
")

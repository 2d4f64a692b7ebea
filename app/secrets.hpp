#pragma once

#include <span>

/// Keeps what only this process should know from the other users of the machine.
namespace bridgewatch::app {

/// Overwrites the value of --database-url, which may hold a password, where `ps` and /proc/PID/cmdline read it. For a
/// moment after the start it was to be seen there: --database-url-file never is.
/// @param arguments of main(), writable as the C standard says; copy them first
void hide_database_url(std::span<char*> arguments);

/// Whether a crash may leave a core dump, and other processes of the same user may look into our memory and our
/// environment (which may hold PGPASSWORD). Root always may.
/// Source: proc(5), prctl(2) PR_SET_DUMPABLE. It also holds where core dumps go to a program, which no limit on their
/// size does.
void allow_core_dumps(bool allowed);

} // namespace bridgewatch::app

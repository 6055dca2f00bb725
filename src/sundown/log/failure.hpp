#pragma once

#include <exception>
#include <string>

namespace sundown::log {

/// what() of whatever was thrown.
std::string describe(std::exception_ptr error);

/// True for what says that memory or another resource of the system is short: std::bad_alloc, and a system_error of
/// ENOMEM, ENOBUFS, EMFILE, ENFILE, ENOSPC or EAGAIN. It passes, and is no bug of this program.
bool is_shortage(const std::exception_ptr& error) noexcept;

/// Logs what ended the piece of work `name`. For the last catch block of a thread or a coroutine, from where nothing
/// may escape: where the log has no memory for its line, a shorter one goes to stderr.
void report_failure(const char* name, const std::exception_ptr& error) noexcept;

}  // namespace sundown::log

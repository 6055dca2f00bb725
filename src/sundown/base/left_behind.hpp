#pragma once

#include <thread>

namespace sundown::base {

/// Detaches a thread that stands in a call of a library which can't be interrupted, such as a database's driver whose
/// server is silent. From then on the process must leave by _exit(): the thread may still use what an exit() destroys.
void leave_behind(std::thread& thread);

/// Whether a thread was left behind. Any thread.
bool any_left_behind() noexcept;

}  // namespace sundown::base

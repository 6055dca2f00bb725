#pragma once

namespace sundown::http::detail {

/// True if a block of 32 KiB can't be had in this thread now. A listener asks before it accepts: who comes while memory
/// is short waits in the kernel's queue, and what is left is for the connections inside, one of which needs 1.7 kB and
/// 20 kB more while it has a request. Costs about 50 ns.
bool memory_is_short() noexcept;

}  // namespace sundown::http::detail

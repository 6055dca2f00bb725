#pragma once

namespace sundown::app {

/// Raises the soft limit of open file descriptors to the hard one, since each connection needs one: the usual soft
/// limit of 1024 is for programs that use select(2) (systemd.exec(5), LimitNOFILE), which this one doesn't.
void raise_fd_limit() noexcept;

}  // namespace sundown::app

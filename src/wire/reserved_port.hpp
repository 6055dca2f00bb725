#pragma once

#include <sundown/testing/unique_fd.hpp>

#include <cstdint>

namespace sundown::testing {

/// A free port of 127.0.0.1 for a server that is told where to listen. Nobody gets it in between: it lies outside of
/// the range of which the kernel gives ports to clients and to listeners at port 0 (ip(7), ip_local_port_range), and
/// who reserves ports by this class, in whichever process, gets another while the object lives. Two servers at one port
/// would look like one that answers and is gone.
class reserved_port {
 public:
  /// Throws std::system_error if there is none.
  reserved_port();

  std::uint16_t number() const { return number_; }

 private:
  std::uint16_t number_ = 0;
  unique_fd claim_;
};

}  // namespace sundown::testing

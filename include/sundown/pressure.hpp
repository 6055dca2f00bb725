#pragma once

namespace sundown {

/// Something that requests need and that can be full, such as a pool of threads: route_group::needs().
///
/// Thread safety: full() is called by all workers, up to once for each request. Lifetime: longer than the server's.
class pressure {
 public:
  /// Whoever comes now would wait for longer than is good. Must not block.
  virtual bool full() const noexcept = 0;

 protected:
  ~pressure() = default;
};

}  // namespace sundown

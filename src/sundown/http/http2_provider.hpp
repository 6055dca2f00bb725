#pragma once

#include <sundown/task.hpp>

#include <string>

namespace sundown::http {

namespace detail {
class connection;
}  // namespace detail

/// HTTP/2, as the core knows it: the component sundown::http2 is one. A program without it calls none of this.
///
/// Thread safety: from all workers. Lifetime: the program's.
class http2_provider {
 public:
  /// Serves the connection from here on. `received`: what has come since its begin, the first line of the preface (RFC
  /// 9113 §3.4) and perhaps more. Completes when no handler runs any more; how the connection ends is its fate.
  virtual task<> serve(detail::connection& client, std::string received) const = 0;

 protected:
  ~http2_provider() = default;
};

}  // namespace sundown::http

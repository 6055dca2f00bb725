#pragma once

#include "http/encryption.hpp"

#include <sundown/config.hpp>
#include <sundown/error.hpp>
#include <sundown/time.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::serving {

/// The protocols that a listener offers by ALPN (RFC 7301), the preferred one first: "h2", "http/1.1".
using alpn_protocols = std::vector<std::string>;

/// The certificates of a service's listeners, each as its files are.
/// Thread safety: one thread.
class certificate_keeper {
 public:
  certificate_keeper() = default;
  certificate_keeper(const certificate_keeper&) = delete;
  certificate_keeper& operator=(const certificate_keeper&) = delete;
  virtual ~certificate_keeper() = default;

  /// Reads the files of a listener, and keeps them from then on. Throws startup_error, whose text says what to do.
  /// Lifetime: what is returned may outlive the keeper.
  virtual std::shared_ptr<const http::encryption> add(const std::string& section, const tls_config& given,
                                                      const alpn_protocols& offered) = 0;
  /// SIGHUP: looks at once, by these settings from then on. What is wrong is told even if it was before.
  virtual void reload(const std::string& section, const tls_config& given) = 0;
};

/// What the check of a configuration looks at of the files that it names. `readable`: the pairs fit; `good`: so do
/// their dates.
enum class tls_files { not_looked_at, readable, good };

/// What a program has that speaks TLS (program::with): the component behind the core's seam.
///
/// Thread safety: any thread. Lifetime: the process's.
class tls_provider {
 public:
  /// For the check of a configuration: what is wrong with the files, as a whole sentence; "" if nothing is.
  virtual std::string fault_of(const tls_config& given, const std::string& section, tls_files looked_at) const = 0;
  virtual std::unique_ptr<certificate_keeper> keeper() const = 0;
  /// The descriptors that a keeper takes beside those of files.
  virtual std::size_t descriptors() const noexcept = 0;
  /// Asks this very service, for a health check: sends the request on a connected socket and returns what is answered
  /// until the end. Blocks for at most `limit`.
  ///
  /// The server's certificate is not judged: who asks is on its own machine, and its name is none that is in it. Where
  /// the listener asks for certificates, its own is shown.
  virtual result<std::string> ask(int socket, std::string_view request, const tls_config& listener,
                                  milliseconds limit) const = 0;

 protected:
  tls_provider() = default;
  tls_provider(const tls_provider&) = default;
  tls_provider& operator=(const tls_provider&) = default;
  ~tls_provider() = default;
};

}  // namespace sundown::serving

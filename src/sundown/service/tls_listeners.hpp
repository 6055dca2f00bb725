#pragma once

#include "process/upgrade/inheritance.hpp"
#include "tls/keeper.hpp"

#include <sundown/config.hpp>
#include <sundown/keys.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sundown::serving {

/// What the check of a configuration looks at of the files that it names. `readable`: the pairs fit; `good`: so do
/// their dates.
enum class tls_files { not_looked_at, readable, good };

void add_tls_checks(keys<config>& common, tls_files files);

/// The certificates of the service's listeners: those of `http.tls` and of `admin.tls`, for as long as it runs.
///
/// Thread safety: none; on the control plane.
class tls_listeners {
 public:
  /// Reads the files. Throws startup_error.
  explicit tls_listeners(const config& given);

  // nullptr where a listener speaks no TLS.
  const std::shared_ptr<const tls::store>& http() const noexcept { return http_; }
  const std::shared_ptr<const tls::store>& admin() const noexcept { return admin_; }
  /// Those that there are.
  std::vector<std::shared_ptr<const tls::store>> all() const;

  /// SIGHUP: the files are looked at once, by these settings.
  void reload(const config& fresh);

  /// Descriptors that they take: the keeper's, and a socket for each worker.
  static std::size_t descriptors(const config& given, std::size_t workers) {
    if (given.http.tls.enabled()) return tls::keeper::descriptors + (given.http.plain ? workers : 0);
    return given.admin.tls.enabled() ? tls::keeper::descriptors : 0;
  }

 private:
  void reload(const std::shared_ptr<const tls::store>& kept, const tls_config& fresh, const std::string& section);

  tls::keeper keeper_;
  std::shared_ptr<const tls::store> http_, admin_;
};

/// The sockets of a listener that were handed over; closed, with a line of the log, where the configuration has no such
/// listener.
std::vector<int> taken_sockets(const process::inheritance& inherited, const std::string& name, bool listens);

}  // namespace sundown::serving

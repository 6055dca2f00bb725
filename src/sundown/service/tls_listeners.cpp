#include "service/tls_listeners.hpp"

#include <sundown/log.hpp>

#include <utility>

#include <unistd.h>

namespace sundown::serving {

namespace {

/// What is spoken behind the handshake.
const tls::protocols offered{"http/1.1"};

std::vector<std::string> faults(const tls_config& given, const std::string& section, tls_files files) {
  if (files == tls_files::not_looked_at || !given.enabled() || given.key.empty()) return {};
  std::string fault;
  if (files == tls_files::good) {
    fault = tls::fault_of(given, section);
  } else if (const auto made = tls::load(given, section, offered); !made) {
    fault = made.error().detail;
  }
  if (fault.empty()) return {};
  return {fault};
}

}  // namespace

void add_tls_checks(keys<config>& common, tls_files files) {
  common.check("http", [files](const config& given) { return faults(given.http.tls, "http.tls", files); })
      .check("admin", [files](const config& given) { return faults(given.admin.tls, "admin.tls", files); });
}

tls_listeners::tls_listeners(const config& given) {
  if (given.http.tls.enabled()) http_ = keeper_.add("http.tls", given.http.tls, offered);
  if (given.admin.tls.enabled()) admin_ = keeper_.add("admin.tls", given.admin.tls, offered);
}

std::vector<std::shared_ptr<const tls::store>> tls_listeners::all() const {
  std::vector<std::shared_ptr<const tls::store>> there;
  for (const auto& each : {http_, admin_})
    if (each) there.push_back(each);
  return there;
}

void tls_listeners::reload(const config& fresh) {
  reload(http_, fresh.http.tls, "http.tls");
  reload(admin_, fresh.admin.tls, "admin.tls");
}

void tls_listeners::reload(const std::shared_ptr<const tls::store>& kept, const tls_config& fresh,
                           const std::string& section) {
  if (kept && fresh.enabled()) return keeper_.reload(section, fresh);
  if (kept || fresh.enabled()) log::warn("reload: needs a restart", {{"key", section + ".certificate"}});
}

std::vector<int> taken_sockets(const process::inheritance& inherited, const std::string& name, bool listens) {
  auto sockets = inherited.sockets_of(name);
  if (listens || sockets.empty()) return sockets;
  log::warn("a listener was handed over that the configuration doesn't have: it is closed", {{"listener", name}});
  for (const int each : sockets) ::close(each);
  return {};
}

}  // namespace sundown::serving

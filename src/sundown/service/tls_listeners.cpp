#include "service/tls_listeners.hpp"

#include "base/program_name.hpp"

#include <sundown/log.hpp>

#include <string_view>
#include <utility>

#include <unistd.h>

namespace sundown::serving {

namespace {

using fault_list = std::vector<std::string>;

/// The first key of a section that a program without TLS can't do anything with; "" if there is none.
std::string_view key_set(const tls_config& given) {
  const tls_config unset;
  if (!given.certificate.empty()) return "certificate";
  if (!given.key.empty()) return "key";
  if (!given.key_password.empty()) return "key_password";
  if (!given.client_ca.empty()) return "client_ca";
  if (given.client_auth != unset.client_auth) return "client_auth";
  return given.minimum != unset.minimum ? "minimum" : "";
}

fault_list faults_without_provider(const tls_config& given, const std::string& section) {
  const auto key = key_set(given);
  if (key.empty()) return {};
  return {section + '.' + std::string(key) + " is set, but " + std::string(base::program_name()) +
          " is built without TLS: leave [" + section +
          "] out and let a proxy in front speak TLS, or build it with the component tls (program::with)"};
}

/// Keys that are of no use without another one.
fault_list key_faults(const tls_config& given, const std::string& section) {
  const auto key = [&](std::string_view name) { return section + '.' + std::string(name); };
  fault_list faults;
  if (given.enabled() && given.key.empty()) {
    faults.push_back(key("key") + " is not set: set it to the file of the private key, which may be that of " +
                     key("certificate"));
  }
  if (!given.enabled() && !given.key.empty())
    faults.push_back(key("key") + " is set without " + key("certificate") + ": set both, or none");
  if (given.client_auth != "off" && given.client_ca.empty()) {
    faults.push_back(key("client_auth") + " is \"" + given.client_auth + "\" without " + key("client_ca") +
                     ": set it to the file of the authorities that clients' certificates come from");
  }
  if (given.client_auth == "off" && !given.client_ca.empty()) {
    faults.push_back(key("client_ca") + " is set, but " + key("client_auth") +
                     " is \"off\": set it to \"request\" or \"require\"");
  }
  return faults;
}

fault_list faults_of(const tls_config& given, const std::string& section, const tls_provider* provider,
                     tls_files looked_at) {
  if (!provider) return faults_without_provider(given, section);
  auto faults = key_faults(given, section);
  if (!faults.empty() || !given.enabled() || looked_at == tls_files::not_looked_at) return faults;
  if (auto fault = provider->fault_of(given, section, looked_at); !fault.empty()) faults.push_back(std::move(fault));
  return faults;
}

/// A unix socket is for the same machine.
void add_unix_fault(fault_list& faults, const std::string& listener, const std::string& address,
                    const tls_config& given) {
  if (!given.enabled() || !address.starts_with("unix:")) return;
  faults.push_back(listener + ".tls.certificate is set, and " + listener +
                   ".address is a unix socket, where no TLS is spoken: leave the certificate out, and let the proxy in "
                   "front speak TLS; or set an IP address");
}

}  // namespace

void add_tls_checks(keys<config>& common, const tls_provider* provider, tls_files looked_at) {
  const auto http_faults = [=](const config& given) {
    auto faults = faults_of(given.http.tls, "http.tls", provider, looked_at);
    add_unix_fault(faults, "http", given.http.address, given.http.tls);
    if (!given.http.plain && !given.http.tls.enabled()) {
      faults.emplace_back(
          "http.plain is false without http.tls.certificate: then there is no listener; set a certificate");
    }
    return faults;
  };
  common.check("http", http_faults).check("admin", [=](const config& given) {
    auto faults = faults_of(given.admin.tls, "admin.tls", provider, looked_at);
    add_unix_fault(faults, "admin", given.admin.address, given.admin.tls);
    return faults;
  });
}

tls_listeners::tls_listeners(const config& given, const program& identity) {
  const auto* const provider = identity.tls;
  if (!provider) return;
  alpn_protocols offered{"http/1.1"};
  if (identity.http2 && given.http.h2) offered.insert(offered.begin(), "h2");
  if (given.http.tls.enabled() || given.admin.tls.enabled()) keeper_ = provider->keeper();
  if (given.http.tls.enabled()) http_ = keeper_->add("http.tls", given.http.tls, offered);
  if (given.admin.tls.enabled()) admin_ = keeper_->add("admin.tls", given.admin.tls, {"http/1.1"});
}

std::vector<std::shared_ptr<const http::encryption>> tls_listeners::all() const {
  std::vector<std::shared_ptr<const http::encryption>> there;
  for (const auto& each : {http_, admin_})
    if (each) there.push_back(each);
  return there;
}

void tls_listeners::reload(const config& fresh) {
  reload(http_, fresh.http.tls, "http.tls");
  reload(admin_, fresh.admin.tls, "admin.tls");
}

void tls_listeners::reload(const std::shared_ptr<const http::encryption>& kept, const tls_config& fresh,
                           const std::string& section) {
  if (kept && fresh.enabled()) return keeper_->reload(section, fresh);
  if (kept || fresh.enabled()) log::warn("reload: needs a restart", {{"key", section + ".certificate"}});
}

std::size_t tls_listeners::descriptors(const config& given, const program& identity, std::size_t workers) {
  if (!identity.tls || (!given.http.tls.enabled() && !given.admin.tls.enabled())) return 0;
  return identity.tls->descriptors() + (given.http.tls.enabled() && given.http.plain ? workers : 0);
}

std::vector<int> taken_sockets(const process::inheritance& inherited, const std::string& name, bool listens) {
  auto sockets = inherited.sockets_of(name);
  if (listens || sockets.empty()) return sockets;
  log::warn("a listener was handed over that the configuration doesn't have: it is closed", {{"listener", name}});
  for (const int each : sockets) ::close(each);
  return {};
}

}  // namespace sundown::serving

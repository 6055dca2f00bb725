#pragma once

#include <sundown/config.hpp>
#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::serving {

/// Who may call what on the admin listener: a guard for all of its routes, those that a service adds as well.
///
/// Probes, /live and /ready, are anybody's, and so is the page, which has no figures in it. Whatever changes something
/// (all methods but GET, HEAD and OPTIONS) is protected, and with admin.protect = "all" the rest is, too: it takes the
/// token, or, where the listener is on loopback alone, a peer there. A listener that is bound wider has peers on
/// loopback that are others: the proxy of a mesh, whose connections come from there, and every container of a pod. Of a
/// unix socket the mode of its file is the credential.
/// Without the token nothing is given to a page in a browser but the listener's own: neither one of elsewhere (Origin,
/// Sec-Fetch-Site) nor one that has its own name point to this address (Host; DNS rebinding). Thread safety: any
/// thread.
class admin_access {
 public:
  /// `on_loopback`: nobody but this machine can connect.
  admin_access(const admin_config& given, std::string token, bool on_loopback);

  /// The refusal, or nothing.
  std::optional<http::response> refusal(const http::request& asked) const;

 private:
  bool has_token(const http::request& asked) const;
  bool is_protected(const http::request& asked) const;
  bool knows_host(std::string_view host) const;

  const std::string token_;
  const bool protects_all_;
  const bool on_loopback_;
  const std::vector<std::string> hosts_;
};

}  // namespace sundown::serving

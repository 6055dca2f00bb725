#include "http/client_address.hpp"

#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/worker_parts.hpp"

namespace sundown::http::detail {

namespace {

/// The fields of a head that has not come whole are not believed: those of the proxy may be the ones that are missing.
bool is_whole(const request_parser& head) noexcept {
  return head.head_done() && head.fault() != parse_fault::fields_too_large &&
         head.fault() != parse_fault::too_many_fields && head.fault() != parse_fault::target_too_long;
}

bool counts(const exchange& current) {
  auto& client = *current.client;
  return !client.parts().forwarding.trusts_nobody() && current.parser && is_whole(*current.parser) &&
         client.is_from_proxy();
}

forwarding::way way_of(const exchange& current) {
  auto& client = *current.client;
  return client.parts().forwarding.read(*current.parser, client.origin_is_proxy());
}

}  // namespace

const std::string& client_address(const exchange& current) {
  if (!current.client_address.empty()) return current.client_address;
  if (counts(current)) {
    if (const auto found = way_of(current).client) return current.client_address = found->text();
  }
  return current.client->origin();
}

std::string_view scheme_by_client(const exchange& current) {
  if (counts(current)) {
    if (const auto found = way_of(current).scheme; !found.empty()) return found;
  }
  return current.client->io().encrypted() ? "https" : "http";
}

std::string_view host_by_client(const exchange& current) {
  if (counts(current)) {
    if (const auto found = way_of(current).host; !found.empty()) return found;
  }
  return current.parser->field(beast::http::field::host);
}

}  // namespace sundown::http::detail

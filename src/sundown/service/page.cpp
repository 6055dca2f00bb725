#include "service/page.hpp"

#include "service/page_text.hpp"

#include <array>
#include <random>
#include <string>

namespace sundown::serving {

namespace {

constexpr std::string_view placeholder = "@nonce@";

std::string make_nonce() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 32; ++i) nonce += digits[random() % digits.size()];
  return nonce;
}

}  // namespace

http::response show_page(const http::request&) {
  const auto nonce = make_nonce();
  std::string page(page_text);
  for (auto at = page.find(placeholder); at != page.npos; at = page.find(placeholder, at + nonce.size()))
    page.replace(at, placeholder.size(), nonce);
  const auto own = "'nonce-" + nonce + "'";
  return http::response(200, "text/html; charset=utf-8", std::move(page))
      .with("Content-Security-Policy", "default-src 'none'; script-src " + own + "; style-src " + own +
                                           "; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                                           "frame-ancestors 'none'")
      .with("X-Content-Type-Options", "nosniff")
      .with("Referrer-Policy", "no-referrer")
      .with("Cache-Control", "no-store");
}

}  // namespace sundown::serving

#include "http_client/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace sundown::http_client {

namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// EVP_DecodeBlock(3) gives whole groups of three bytes, with zeros in the place of the padding.
std::optional<std::string> decoded(std::string_view base64) {
  if (base64.empty() || base64.size() % 4 != 0) return std::nullopt;
  const auto padding = base64.size() - std::min(base64.find('='), base64.size());
  if (padding > 2 || base64.find_last_not_of('=') + padding + 1 != base64.size()) return std::nullopt;
  std::string bytes(base64.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(base64),
                                   static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace

std::optional<std::string> read_secret(std::string_view text) {
  constexpr std::string_view prefix = "whsec_";
  constexpr std::size_t longest = 96;  // of 64 bytes
  if (!text.starts_with(prefix) || text.size() > prefix.size() + longest) return std::nullopt;
  auto key = decoded(text.substr(prefix.size()));
  if (!key || key->size() < 24 || key->size() > 64) return std::nullopt;
  return key;
}

std::string sign(const std::string& key, std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string text;
  text.reserve(id.size() + timestamp.size() + body.size() + 2);
  text.append(id).append(".").append(timestamp).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), digest.data(), &size))
    throw std::runtime_error("OpenSSL computes no HMAC-SHA256");
  std::string base64((size + 2) / 3 * 4 + 1, '\0');  // with the zero that EVP_EncodeBlock(3) appends
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), digest.data(), static_cast<int>(size));
  base64.resize(static_cast<std::size_t>(written));
  return "v1," + base64;
}

}  // namespace sundown::http_client

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sundown::http_client {

/// The bytes of a secret of Standard Webhooks: "whsec_" and base64 (RFC 4648 §4) of 24 to 64 bytes. Nothing if the text
/// is none.
std::optional<std::string> read_secret(std::string_view text);

/// The field `webhook-signature` (https://github.com/standard-webhooks/standard-webhooks, "Signature scheme"): "v1,"
/// and base64 of the HMAC-SHA256 of "id.timestamp.body".
std::string sign(const std::string& key, std::string_view id, std::string_view timestamp, std::string_view body);

}  // namespace sundown::http_client

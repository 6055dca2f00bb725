#include "tls/context.hpp"

#include "tls/openssl.hpp"
#include "tls/pem.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <tuple>
#include <utility>

namespace sundown::tls {

namespace {

constexpr std::string_view tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
/// The first that this OpenSSL knows all of (ML-KEM: from 3.5 on).
constexpr std::array<const char*, 2> group_lists{"X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384"};

/// An hour: the context is made anew in this time, and its tickets are worth nothing then.
constexpr long ticket_lifetime = 3600;

context::time time_of(const ASN1_TIME* given) {
  std::tm parts{};
  if (!given || ASN1_TIME_to_tm(given, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

error fault(std::string text) { return {errc::invalid, std::move(text)}; }

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* given,
                    unsigned int given_size, void* offered) {
  const auto& ours = *static_cast<const std::string*>(offered);
  // OpenSSL's pointer is not const, and it changes nothing.
  auto** const out = const_cast<unsigned char**>(chosen);
  const auto* const wire = reinterpret_cast<const unsigned char*>(ours.data());
  const auto found = SSL_select_next_proto(out, size, wire, static_cast<unsigned int>(ours.size()), given, given_size);
  // RFC 7301 §3.2: no_application_protocol, rather than a protocol that the client doesn't speak.
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

/// Makes one context, step by step; each step says what is wrong.
class context::maker {
 public:
  maker(const tls_config& given, const pem_files& files, const std::string& section)
      : given_(given), files_(files), section_(section) {}

  result<std::shared_ptr<const context>> make(const protocols& offered) {
    ERR_clear_error();
    native_.reset(SSL_CTX_new(TLS_server_method()));
    if (!native_) return fault(section_ + ": OpenSSL can't begin: " + take_openssl_error());
    std::shared_ptr<context> made(new context(native_.get()));
    auto* const ctx = native_.release();
    set_rules(ctx);
    if (auto wrong = add_pair(ctx, *made); !wrong.empty()) return fault(std::move(wrong));
    if (auto wrong = ask_clients(ctx); !wrong.empty()) return fault(std::move(wrong));
    made->offered_ = offered;
    for (const auto& each : offered) made->wire_protocols_ += static_cast<char>(each.size()) + each;
    if (!offered.empty()) SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, &made->wire_protocols_);
    return std::shared_ptr<const context>(std::move(made));
  }

 private:
  std::string name(const char* key) const { return section_ + '.' + key; }
  static std::string file(const std::string& path) { return ": '" + path + "' "; }

  void set_rules(SSL_CTX* ctx) const {
    SSL_CTX_set_min_proto_version(ctx, given_.minimum == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION |
                                 // A FIN without close_notify is how most clients leave; requests have lengths.
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);  // a record in one read(2), not two
    SSL_CTX_set_cipher_list(ctx, tls12_ciphers.data());
    for (const auto* groups : group_lists)
      if (SSL_CTX_set1_groups_list(ctx, groups) == 1) break;
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ctx, ticket_lifetime);
    if (given_.client_auth != "off") {
      SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
      SSL_CTX_set_num_tickets(ctx, 0);
    } else {
      SSL_CTX_set_num_tickets(ctx, 1);
    }
    ERR_clear_error();  // of groups that are not known
  }

  std::string add_pair(SSL_CTX* ctx, context& made) const {
    auto chain = read_certificates(files_.certificate);
    if (!chain) return name("certificate") + file(given_.certificate) + chain.error().detail;
    auto key = read_private_key(files_.key, given_.key_password, name("key_password"));
    if (!key) return name("key") + file(given_.key) + key.error().detail;

    auto* const own = chain->front().get();
    if (X509_check_private_key(own, key->get()) != 1) return mismatch(*chain, key->get());
    if (SSL_CTX_use_certificate(ctx, own) != 1) {
      return name("certificate") + file(given_.certificate) + "is refused by OpenSSL: " + take_openssl_error() +
             "; make one with a key of 2048 bits (RSA) or P-256 (EC) at least";
    }
    if (SSL_CTX_use_PrivateKey(ctx, key->get()) != 1)
      return name("key") + file(given_.key) + "is refused by OpenSSL: " + take_openssl_error();
    made.subject_ = name_text(X509_get_subject_name(own));
    made.begins_ = time_of(X509_get0_notBefore(own));
    made.expires_ = time_of(X509_get0_notAfter(own));
    for (std::size_t i = 1; i < chain->size(); ++i) {
      auto& each = (*chain)[i];
      made.begins_ = std::max(made.begins_, time_of(X509_get0_notBefore(each.get())));
      made.expires_ = std::min(made.expires_, time_of(X509_get0_notAfter(each.get())));
      if (SSL_CTX_add0_chain_cert(ctx, each.get()) != 1) {
        return name("certificate") + file(given_.certificate) + "has a chain that OpenSSL refuses: its certificate " +
               std::to_string(i + 1) + ": " + take_openssl_error();
      }
      std::ignore = each.release();  // the context's now
    }
    return {};
  }

  std::string mismatch(const std::vector<openssl_ptr<X509>>& chain, EVP_PKEY* key) const {
    std::string text = name("key") + file(given_.key) + "does not belong to the certificate in '" + given_.certificate +
                       "' (" + name("certificate") + ")";
    for (std::size_t i = 1; i < chain.size(); ++i) {
      if (X509_check_private_key(chain[i].get(), key) != 1) continue;
      ERR_clear_error();
      return text + " but to the one in place " + std::to_string(i + 1) + ": the server's own must come first";
    }
    ERR_clear_error();
    return text + ": give both files of one pair";
  }

  std::string ask_clients(SSL_CTX* ctx) const {
    if (given_.client_auth == "off") return {};
    const auto authorities = read_certificates(files_.client_ca);
    if (!authorities) return name("client_ca") + file(given_.client_ca) + authorities.error().detail;
    auto* const store = SSL_CTX_get_cert_store(ctx);
    for (const auto& each : *authorities) {
      if (X509_STORE_add_cert(store, each.get()) != 1 || SSL_CTX_add_client_CA(ctx, each.get()) != 1)
        return name("client_ca") + file(given_.client_ca) + "is refused by OpenSSL: " + take_openssl_error();
    }
    const bool require = given_.client_auth == "require";
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    return {};
  }

  const tls_config& given_;
  const pem_files& files_;
  const std::string& section_;
  openssl_ptr<SSL_CTX> native_;
};

context::~context() { SSL_CTX_free(native_); }

result<std::shared_ptr<const context>> context::make(const tls_config& given, const pem_files& files,
                                                     const std::string& section, const protocols& offered) {
  return maker(given, files, section).make(offered);
}

std::string context::date_fault(time now) const {
  if (now >= expires_) return "has expired: it was good until " + date_text(expires_) + "; renew it";
  if (now < begins_)
    return "is not good yet, but from " + date_text(begins_) + " on; is the clock of this machine right?";
  return {};
}

result<std::shared_ptr<const context>> load(const tls_config& given, const std::string& section,
                                            const protocols& offered) {
  const auto files = read_files(given, section);
  if (!files) return files.error();
  return context::make(given, *files, section, offered);
}

std::string fault_of(const tls_config& given, const std::string& section, bool with_dates) {
  const auto made = load(given, section, {});
  if (!made) return made.error().detail;
  if (!with_dates) return {};
  const auto dates = (*made)->date_fault(std::chrono::system_clock::now());
  if (dates.empty()) return {};
  return section + ".certificate: a certificate in '" + given.certificate + "' " + dates;
}

std::string date_text(context::time when) {
  const auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text.data(), size};
}

}  // namespace sundown::tls

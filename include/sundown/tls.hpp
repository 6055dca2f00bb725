#pragma once

namespace sundown::serving {
class tls_provider;
}  // namespace sundown::serving

/// The component sundown::tls: listeners that speak TLS, by OpenSSL.
///
///     const sundown::program orders("orders", "1.2.0");
///     return sundown::run(argc, argv, orders.with(sundown::tls::by_openssl()), own, build);
///
/// From then on `http.tls` and `admin.tls` of the configuration may name certificates (docs/tls.md). A configuration
/// that names none opens no listener of TLS, and starts no thread.
namespace sundown::tls {

/// For program::with(). Lifetime: the process's.
const serving::tls_provider& by_openssl();

}  // namespace sundown::tls

#include "tls/files.hpp"

#include <boost/scope/unique_fd.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sundown::tls {

namespace {

constexpr std::size_t largest_file = 1 << 20;

std::string reason(int number) { return std::error_code(number, std::generic_category()).message(); }

/// The bytes, or what is wrong with the file.
result<std::string> read_file(const std::string& path) {
  const auto fault = [](std::string text) { return error(errc::invalid, std::move(text)); };
  // Without waiting: a FIFO has perhaps no writer.
  const boost::scope::unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return fault(reason(errno));
  struct ::stat info{};
  if (::fstat(file.get(), &info) != 0) return fault(reason(errno));
  if (!S_ISREG(info.st_mode)) return fault("it is no regular file");
  std::string bytes;
  std::string piece(16 << 10, '\0');
  for (;;) {
    const auto count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fault(reason(errno));
    if (count == 0) break;
    bytes.append(piece, 0, static_cast<std::size_t>(count));
    if (bytes.size() > largest_file) return fault("it is larger than 1 MiB");
  }
  OPENSSL_cleanse(piece.data(), piece.size());
  return bytes;
}

result<std::string> read_key(const std::string& path, const std::string& key, const char* wanted) {
  auto bytes = read_file(path);
  if (!bytes) {
    return error(errc::invalid, key + ": cannot read '" + path + "': " + bytes.error().detail + "; it must be " +
                                    wanted + ", readable by this process");
  }
  return bytes;
}

}  // namespace

pem_files::~pem_files() { OPENSSL_cleanse(key.data(), key.size()); }

result<pem_files> read_files(const tls_config& given, const std::string& section) {
  pem_files files;
  auto certificate = read_key(given.certificate, section + ".certificate", "a PEM file with the certificate");
  if (!certificate) return certificate.error();
  files.certificate = std::move(*certificate);
  auto key = read_key(given.key, section + ".key", "a PEM file with the private key");
  if (!key) return key.error();
  files.key = std::move(*key);
  if (!given.client_ca.empty()) {
    auto authorities = read_key(given.client_ca, section + ".client_ca", "a PEM file with certificates of authorities");
    if (!authorities) return authorities.error();
    files.client_ca = std::move(*authorities);
  }
  return files;
}

digest digest_of(const tls_config& given, const pem_files& files) {
  digest sum{};
  auto* const hash = EVP_MD_CTX_new();
  if (hash) {
    EVP_DigestInit_ex(hash, EVP_sha256(), nullptr);
    const auto put = [&](std::string_view part) {
      const std::uint64_t size = part.size();
      EVP_DigestUpdate(hash, &size, sizeof size);
      EVP_DigestUpdate(hash, part.data(), part.size());
    };
    for (const auto& part :
         {std::string_view(files.certificate), std::string_view(files.key), std::string_view(files.client_ca),
          std::string_view(given.key_password), std::string_view(given.minimum), std::string_view(given.client_auth)}) {
      put(part);
    }
    EVP_DigestFinal_ex(hash, sum.data(), nullptr);
    EVP_MD_CTX_free(hash);
  }
  return sum;
}

}  // namespace sundown::tls

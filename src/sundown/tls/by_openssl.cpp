#include "tls/context.hpp"
#include "tls/keeper.hpp"
#include "tls/question.hpp"

#include <sundown/tls.hpp>

namespace sundown::tls {

namespace {

class openssl_provider final : public serving::tls_provider {
 public:
  std::string fault_of(const tls_config& given, const std::string& section,
                       serving::tls_files looked_at) const override {
    return tls::fault_of(given, section, looked_at == serving::tls_files::good);
  }
  std::unique_ptr<serving::certificate_keeper> keeper() const override { return std::make_unique<tls::keeper>(); }
  std::size_t descriptors() const noexcept override { return tls::keeper::descriptors; }
  result<std::string> ask(int socket, std::string_view request, const tls_config& listener,
                          milliseconds limit) const override {
    return tls::ask(socket, request, listener, limit);
  }
};

}  // namespace

const serving::tls_provider& by_openssl() {
  static const openssl_provider only;
  return only;
}

}  // namespace sundown::tls

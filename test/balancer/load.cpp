#include "balancer/load.hpp"

namespace sundown::test {

load::load(endpoint where, std::size_t each, wire over) : where_(std::move(where)) {
  if (over == wire::tls) {
    begin<tls_client>(each);
  } else {
    begin<raw_client>(each);
  }
}

template <class Client>
void load::begin(std::size_t each) {
  for (std::size_t i = 0; i < each; ++i) {
    for (const auto& request : {get("/hello"), post("/demo/upload", std::string(2000, 'u'), "text/plain")}) {
      clients_.emplace_back([this, request] { keep<Client>(request); });
      clients_.emplace_back([this, request] { renew<Client>(request); });
    }
  }
}

load::~load() { stop(); }

void load::stop() {
  over_ = true;
  for (auto& client : clients_) client.join();
  clients_.clear();
}

template <class Client>
void load::keep(const std::string& request) {
  while (!over_) {
    Client client;
    if (!connect(client)) continue;
    while (ask_once(client, request) && !over_) {
    }
  }
}

template <class Client>
void load::renew(const std::string& request) {
  while (!over_) {
    Client client;
    if (connect(client)) ask_once(client, request);
  }
}

bool load::connect(raw_client& client) {
  const auto how = client.connect(where_);
  if (how != connecting::connected) fail(std::string("connect: ") + to_string(how));
  return how == connecting::connected;
}

bool load::connect(tls_client& client) {
  const auto how = client.connect(where_);
  if (how != connecting::connected) {
    fail(std::string("connect: ") + to_string(how));
    return false;
  }
  if (client.handshake()) return true;
  fail("no handshake");
  return false;
}

template <class Client>
bool load::ask_once(Client& client, const std::string& request) {
  if (const auto how = client.send(request); how != sending::sent) {
    fail(std::string("send: ") + to_string(how));
    return false;
  }
  const auto answer = client.read_response();
  if (!answer.whole() || answer.status != 200) {
    fail(request.substr(0, request.find(' ')) + ": " + answer.describe());
    return false;
  }
  ++answered_;
  return !answer.says_close();
}

void load::fail(const std::string& how) {
  const std::lock_guard lock(mutex_);
  ++failures_[how];
}

std::size_t load::failed() const {
  const std::lock_guard lock(mutex_);
  std::size_t all = 0;
  for (const auto& [how, count] : failures_) all += count;
  return all;
}

std::string load::failures() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [how, count] : failures_) text += std::to_string(count) + " times: " + how + '\n';
  return text;
}

}  // namespace sundown::test

#include <sundown/stop/readiness.hpp>

namespace sundown::stop {

namespace {

std::string sentence(const std::string& name, const std::string& detail) {
  return detail.empty() ? name + ": down" : name + ": " + detail;
}

}  // namespace

const char* to_string(readiness::phase phase) noexcept {
  switch (phase) {
    case readiness::phase::starting:
      return "starting";
    case readiness::phase::ready:
      return "ready";
    case readiness::phase::draining:
      return "draining";
    case readiness::phase::stopping:
      return "stopping";
  }
  return "?";
}

void readiness::update() { ready_.store(phase_ == phase::ready && down_.empty(), std::memory_order_release); }

bool readiness::change(phase from, phase to) {
  std::lock_guard lock(mutex_);
  if (phase_ != from && phase_ != to) return false;
  phase_ = to;
  update();
  return true;
}

void readiness::started() {
  std::lock_guard lock(mutex_);
  if (phase_ == phase::starting) phase_ = phase::ready;
  update();
}

bool readiness::drain() { return change(phase::ready, phase::draining); }

bool readiness::undrain() { return change(phase::draining, phase::ready); }

void readiness::stop() {
  std::lock_guard lock(mutex_);
  phase_ = phase::stopping;
  update();
}

void readiness::set(std::string_view dependency, bool up, std::string_view detail, importance matters) {
  std::lock_guard lock(mutex_);
  auto& down = matters == importance::required ? down_ : missed_;
  if (up) {
    if (auto found = down.find(dependency); found != down.end()) down.erase(found);
  } else {
    down.insert_or_assign(std::string(dependency), std::string(detail));
  }
  update();
}

readiness::phase readiness::now() const {
  std::lock_guard lock(mutex_);
  return phase_;
}

std::vector<std::string> readiness::reasons() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> reasons;
  if (phase_ != phase::ready) reasons.emplace_back(to_string(phase_));
  for (const auto& [name, detail] : down_) reasons.push_back(sentence(name, detail));
  return reasons;
}

std::vector<std::string> readiness::degraded() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, detail] : missed_) names.push_back(sentence(name, detail));
  return names;
}

}  // namespace sundown::stop

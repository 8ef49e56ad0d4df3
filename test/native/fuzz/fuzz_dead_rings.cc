// Rings as a killed writer leaves them: a good header, a good commit with its checksum, records in
// two halves and in the overflow, the tail at any record. Then known places are damaged. Recovery
// must append the lines that a reader shows: whole lines only, and no line twice.
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "fuzz/fuzz_input.h"
#include "fuzz/fuzz_targets.h"
#include "log/dead_log.h"
#include "log/dead_log_recovery.h"
#include "log/recover.h"
#include "log/tail.h"
#include "support/check.h"
#include "support/temp_dir.h"

namespace dllogger::fuzz {
namespace {

constexpr std::string_view kBefore = "DLLL {\"before\": 1}\n";
constexpr std::string_view kOther = "DLLL {\"other\": 1}\n";

// A log and the file of its ring. All cases overwrite the same two files, since creating files
// takes longer than a case.
class Scene {
 public:
  static const Scene& Instance() {
    static const Scene scene;
    return scene;
  }

  const std::string& Log() const { return log_; }
  // The first page of an empty ring.
  std::string Page() const { return page_; }
  const platform::FileId& Id() const { return id_; }

  void Write(std::string_view text, std::string_view page,
             const std::vector<std::pair<std::size_t, Record>>& parts, std::size_t size) const {
    WriteFile(log_, text);
    // An old file: its last line counts as abandoned.
    std::filesystem::last_write_time(
        log_, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    std::ofstream ring(ring_, std::ios::binary);
    ring.write(page.data(), static_cast<std::streamsize>(page.size()));
    for (const auto& [place, record] : parts) {
      ring.seekp(static_cast<std::streamoff>(place));
      ring.write(reinterpret_cast<const char*>(record.data()),
                 static_cast<std::streamsize>(record.size()));
    }
    ring.close();
    CHECK(ring.good());
    std::filesystem::resize_file(ring_, size);
    std::filesystem::permissions(ring_, std::filesystem::perms(0600));
  }
  // True after a recovery that could not use the ring.
  bool HasRing() const { return access(ring_.c_str(), F_OK) == 0; }
  void Clear() const {
    std::error_code ignored;
    std::filesystem::remove(ring_, ignored);
  }

 private:
  Scene() : dir_(MemoryDisk()), log_(dir_ / "log") {
    {
      const DeadLog made(log_, "");
    }
    ring_ = RingsIn(dir_).at(0);
    page_ = ReadFile(ring_).substr(0, Ring::kDataOffset);
    CHECK_EQ(platform::IdentifyFile(log_, &id_).error, 0);
  }

  TempDir dir_;
  std::string log_;
  std::string ring_;
  std::string page_;
  platform::FileId id_;
};

// The records of a writer with their positions and lines.
class Records {
 public:
  struct Part {
    std::uint32_t position;
    Record record;
    std::string line;
  };

  explicit Records(std::uint32_t start) : head_(start) {}

  void Add(std::uint8_t what) {
    if (what % 16 < 11) {
      AddLog();
    } else if (what % 16 < 13) {
      AddLarge();
    } else if (what % 16 == 13) {
      AddNonsense(what / 16);
    } else if (what % 16 == 14) {
      EnterNextHalf();
    } else {
      is_defined_ = false;
    }
  }

  std::vector<Part>& Parts() { return parts_; }
  std::uint32_t Head() const { return head_; }
  std::uint32_t PositionOf(std::size_t part) const {
    return part == parts_.size() ? head_ : parts_[part].position;
  }
  const Record& Overflow() const { return overflow_; }
  bool HasNonsense() const { return has_nonsense_; }
  std::string LineRange(std::size_t first, std::size_t last) const {
    std::string text;
    for (std::size_t i = first; i < last; ++i) text += parts_[i].line;
    return text;
  }

 private:
  void Put(const Record& record, const std::string& line) {
    parts_.push_back({head_, record, line});
    head_ += static_cast<std::uint32_t>(record.size());
  }

  std::string NextLine() const {
    std::string line;
    AppendStepLine(step_, kShape, std::to_string(step_), &line);
    return line;
  }
  Record NextRecord(std::uint32_t shape) {
    Record record = StepRecord(step_, kShape, step_);
    RecordHeader header = HeaderOf(record);
    header.shape = shape;
    SetHeader(header, &record);
    ++step_;
    return record;
  }

  void AddLog() {
    if (!is_defined_) Put(ShapeRecord(++shape_, kShape.keys), "");
    is_defined_ = true;
    const std::string line = NextLine();
    Put(NextRecord(shape_), line);
  }

  // Adds a record in the overflow, with the definition of its shape.
  void AddLarge() {
    const RecordOverflow overflow = {overflow_.size(), 0};
    const std::string line = NextLine();
    for (const Record& record : {ShapeRecord(1, kShape.keys), NextRecord(1)}) {
      overflow_.insert(overflow_.end(), record.begin(), record.end());
    }
    Refer({overflow.offset, overflow_.size() - overflow.offset}, line);
  }

  // Adds a reference that no writer would make.
  void AddNonsense(std::uint8_t which) {
    constexpr std::uint64_t kSizes[] = {0, 16, 1u << 30, std::uint64_t{1} << 63};
    has_nonsense_ = true;
    Refer({overflow_.size(), kSizes[which % 4]}, "");
  }

  void Refer(const RecordOverflow& overflow, const std::string& line) {
    Record record(Ring::kOverflowSize);
    SetHeader({Ring::kOverflowSize, Kind::kOverflow, 0, 0}, &record);
    std::memcpy(record.data() + sizeof(RecordHeader), &overflow, sizeof(overflow));
    Put(record, line);
  }

  void EnterNextHalf() {
    // The ring has only two halves.
    if (has_entered_) return;
    has_entered_ = true;
    const std::uint32_t rest = Ring::UntilHalfEnd(head_);
    Record pad(sizeof(RecordHeader));
    SetHeader({rest, Kind::kPad, 0, 0}, &pad);
    Put(pad, "");
    head_ += rest - static_cast<std::uint32_t>(pad.size());
    is_defined_ = false;
    shape_ = 0;
  }

  std::vector<Part> parts_;
  Record overflow_;
  std::uint32_t head_;
  std::uint32_t shape_ = 0;
  int step_ = 0;
  bool is_defined_ = false;
  bool has_entered_ = false;
  bool has_nonsense_ = false;
};

// The writer's work when it was killed, and the part of it that is in the log.
struct Death {
  std::size_t tail, end;  // indexes of parts
  std::string text;       // of the log
  std::string lacking;    // lines that the log lacks
  std::string batch;
  Commit commit;
};

Death Die(const Records& records, std::size_t count, Input* input) {
  Death death;
  death.tail = input->Take<std::uint8_t>() % (count + 1);
  death.end = death.tail + input->Take<std::uint8_t>() % (count + 1 - death.tail);
  death.batch = records.LineRange(death.tail, death.end);
  death.text = std::string(kBefore) + records.LineRange(0, death.tail);
  // Earlier attempts wrote some lines, another writer one line, and the last attempt some
  // characters.
  const std::size_t early = input->Take<std::uint16_t>() % (death.batch.size() + 1);
  const std::size_t done = WholeLines(std::string_view(death.batch).substr(0, early));
  death.text += death.batch.substr(0, done);
  const auto others = input->Take<std::uint8_t>();
  if (others % 2 == 1) death.text += kOther;
  death.commit.offset = static_cast<std::int64_t>(death.text.size());
  const std::size_t written = done + input->Take<std::uint16_t>() % (death.batch.size() - done + 1);
  death.text += death.batch.substr(done, written - done);
  death.lacking = death.batch.substr(written) + records.LineRange(death.end, count);
  if (others / 2 % 2 == 1 && death.text.back() == '\n') death.text += kOther;
  death.commit.tail = records.PositionOf(death.tail);
  death.commit.end = records.PositionOf(death.end);
  death.commit.done = done;
  death.commit.log = Scene::Instance().Id();
  return death;
}

// Which checks are possible after the damage.
struct Damage {
  bool is_any = false;
  // A false commit that is plausible and has its checksum: recovery believes it. Or a reference
  // that leads to the record of another reference, whose line may be in the log already.
  bool is_forged = false;
};

// Whether another reference leads to the same record in the overflow.
bool IsReferenceOfAnother(const std::vector<Records::Part>& parts, std::size_t which) {
  const auto offset = [](const Record& record) {
    RecordOverflow overflow = {};
    std::memcpy(&overflow, record.data() + sizeof(RecordHeader), sizeof(overflow));
    return overflow.offset;
  };
  const auto is_reference = [](const Record& record) {
    return HeaderOf(record).kind == Kind::kOverflow && record.size() == Ring::kOverflowSize;
  };
  if (!is_reference(parts[which].record)) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i == which || !is_reference(parts[i].record)) continue;
    if (offset(parts[i].record) == offset(parts[which].record)) return true;
  }
  return false;
}

void DamageOnce(Input* input, Death* death, std::vector<Records::Part>* parts, std::string* page,
                Damage* damage) {
  const auto what = input->Take<std::uint8_t>();
  const auto which = input->Take<std::uint8_t>();
  const auto value = input->Take<std::uint16_t>();
  Commit& commit = death->commit;
  damage->is_any = true;
  if (what % 8 < 2 && !parts->empty()) {
    // Any byte of a record.
    Record& record = (*parts)[which % parts->size()].record;
    record[value / 256 % record.size()] = static_cast<std::uint8_t>(value);
    const bool is_of_another = IsReferenceOfAnother(*parts, which % parts->size());
    damage->is_forged = damage->is_forged || is_of_another;
  } else if (what % 8 == 2 && !parts->empty()) {
    // Makes a record unreadable: its step becomes a text that reaches beyond the record.
    Record& record = (*parts)[which % parts->size()].record;
    const std::uint64_t wrong = TagWord(Tag::kLatin1, 1000);
    constexpr std::size_t kStep = sizeof(RecordHeader) + sizeof(RecordTimes);
    // A record whose kind is damaged may be shorter.
    const bool has_step =
        HeaderOf(record).kind == Kind::kLog && record.size() >= kStep + sizeof(wrong);
    if (has_step) std::memcpy(&record[kStep], &wrong, sizeof(wrong));
  } else if (what % 8 == 3) {
    commit.done = which == 255 ? ~std::uint64_t{0} : commit.done + value - 100;
    const bool is_beyond = commit.done > death->batch.size();
    const bool is_between =
        commit.done == 0 || (!is_beyond && death->batch[commit.done - 1] == '\n');
    damage->is_forged = damage->is_forged || is_between;
  } else if (what % 8 == 4) {
    commit.offset += static_cast<std::int16_t>(value);
    damage->is_forged = true;
  } else if (what % 8 == 5) {
    (which % 2 == 0 ? commit.tail : commit.end) += which % 4 < 2 ? value % 512u * 16u : value;
    damage->is_forged = true;
  } else {
    // Any byte of the header: recovery may trust the header or not.
    (*page)[kHeaderOffset + value % sizeof(RingHeader)] = static_cast<char>(which);
  }
}

void SetCommit(Commit commit, std::uint32_t head, std::string* page) {
  // A high number makes this commit the later of the page's two copies.
  commit.sequence = 1000;
  const CommitCopy copy = EncodeCommit(commit);
  std::memcpy(&(*page)[CommitPlace(commit)], &copy, sizeof(copy));
  std::memcpy(&(*page)[offsetof(RingControl, head)], &head, sizeof(head));
}

// Recovers a log. Checks that a reader saw the same lines before, and that recovering again changes
// nothing.
std::string Recovered(const std::string& path, const std::string& text) {
  MissingLines missing;
  Recovery seen;
  CHECK_EQ(FindMissing(path, &missing, &seen).error, 0);
  CheckLines(missing.lines);
  Recovery recovery;
  CHECK_EQ(RecoverPath(path, &recovery).error, 0);
  CHECK_EQ(recovery.records, seen.records);
  std::string recovered = ReadFile(path);
  std::string whole = text.substr(0, static_cast<std::size_t>(missing.end));
  if (!whole.empty() && whole.back() != '\n') whole += '\n';
  // An unfinished line that no ring completes may stay, as a separate line.
  CHECK(recovered == whole + missing.lines || recovered == text + '\n' + missing.lines);
  // A ring that is deleted has nothing left to recover.
  if (Scene::Instance().HasRing()) {
    Recovery again;
    CHECK_EQ(RecoverPath(path, &again).error, 0);
    CHECK_EQ(again.records, 0u);
    CHECK_EQ(ReadFile(path), recovered);
  }
  return recovered;
}

}  // namespace

void RunDeadRing(const std::uint8_t* bytes, std::size_t size) {
  // From the third start, positions wrap at 2^32 where the next half begins.
  constexpr std::uint32_t kStarts[] = {0, Ring::kHalf, 0 - Ring::kHalf, 1u << 31};
  const Scene& scene = Scene::Instance();
  Input input(bytes, size);
  Records records(kStarts[input.Take<std::uint8_t>() % 4]);
  for (int count = input.Take<std::uint8_t>() % 32; count > 0; --count) {
    records.Add(input.Take<std::uint8_t>());
  }
  std::vector<Records::Part>& parts = records.Parts();
  Death death = Die(records, parts.size(), &input);
  std::string page = scene.Page();
  Damage damage;
  damage.is_any = records.HasNonsense();
  for (int count = input.Take<std::uint8_t>() % 4; count > 0; --count) {
    DamageOnce(&input, &death, &parts, &page, &damage);
  }
  SetCommit(death.commit, records.Head(), &page);
  std::vector<std::pair<std::size_t, Record>> writes;
  for (const Records::Part& part : parts) {
    writes.emplace_back(Ring::kDataOffset + part.position % Ring::kCapacity, part.record);
  }
  writes.emplace_back(Ring::kMemorySize, records.Overflow());
  scene.Write(death.text, page, writes, Ring::kMemorySize + records.Overflow().size());
  const std::string recovered = Recovered(scene.Log(), death.text);
  if (!damage.is_any) CHECK_EQ(recovered, death.text + death.lacking);
  const std::size_t kept = WholeLines(death.text);
  CHECK_EQ(recovered.substr(0, kept), death.text.substr(0, kept));
  for (const Records::Part& part : parts) {
    if (damage.is_forged || part.line.empty()) continue;
    const std::size_t first = recovered.find(part.line);
    if (first != std::string::npos) {
      CHECK_EQ(recovered.find(part.line, first + 1), std::string::npos);
    }
  }
  scene.Clear();
}

std::vector<std::vector<std::uint8_t>> SeedDeadRings() {
  std::vector<Bytes> seeds;
  for (std::uint8_t start = 0; start < 4; ++start) {
    for (std::uint8_t damage = 0; damage < 8; ++damage) {
      Output output;
      output.Put(start).Put(std::uint8_t{16});
      for (std::uint8_t i = 0; i < 16; ++i) output.Put(i);
      // Tail, end, early, others, written.
      output.Put(std::uint8_t{4}).Put(std::uint8_t{8}).Put(std::uint16_t{200});
      output.Put(std::uint8_t{1}).Put(std::uint16_t{400});
      output.Put(std::uint8_t{damage == 0 ? std::uint8_t{0} : std::uint8_t{1}});
      output.Put(damage).Put(std::uint8_t{7}).Put(std::uint16_t{300});
      seeds.push_back(output.Take());
    }
  }
  return seeds;
}

}  // namespace dllogger::fuzz

import Basics
import Glibc
import LocalHistory
import ServiceHistory

// history-benchmark FOLDER SERVICES DAYS: fills a history and prints, one in a line, what its parts take in
// milliseconds.
let services = Int(CommandLine.arguments[2]) ?? 100
let days = Int(CommandLine.arguments[3]) ?? 90
let path = "\(CommandLine.arguments[1])/history.sqlite"
let end = Timestamp(secondsSinceEpoch: 1_796_040_000)
let keys = (0..<services).map { ServiceKey(.check, group: "group \($0 % 10)", name: "service \($0)") }

/// Milliseconds of the processor, which other programs hardly change; the middle of some runs.
func median(_ runs: Int, _ body: () async -> Void) async -> Double {
    func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
    var times: [Double] = []
    for _ in 0..<runs {
        let start = processorTime()
        await body()
        times.append(processorTime() - start)
    }
    return times.sorted()[runs / 2]
}

func results(from start: Timestamp, to end: Timestamp, every step: Duration) -> [ServiceResult] {
    var (results, time, number): ([ServiceResult], Timestamp, Int) = ([], start, 0)
    while time < end {
        for (index, key) in keys.enumerated() {
            let isGood = (number + index * 37) % 400 != 0
            results.append(
                ServiceResult(
                    service: key, time: time, succeeded: isGood,
                    seconds: 0.05 + Double((number * 7 + index) % 100) / 1e3,
                    cause: isGood ? nil : "[STATUS] (500) == 200"))
        }
        time += step
        number += 1
    }
    return results
}

// It moves on, so that what is too old goes as in a real run.
let clock = Locked(end - .seconds(days * 86_400))
let database = await HistoryDatabase.open(path, now: { clock.withLock { $0 } }) { print("note: \($0)") }

func fill(from start: Timestamp, to end: Timestamp, every step: Duration) async {
    database.record(results: results(from: start, to: end, every: step))
    clock.withLock { $0 = end }
    await database.flush()
}

// As many points as results each ten seconds leave: hours, minutes of two days and results of two hours.
for day in stride(from: days, to: 2, by: -1) {
    let start = end - .seconds(day * 86_400)
    await fill(from: start, to: start + .seconds(86_400), every: .seconds(3_600))
}
await fill(from: end - .seconds(2 * 86_400), to: end - .seconds(7_200), every: .seconds(60))
await fill(from: end - .seconds(7_200), to: end, every: .seconds(10))

var points = 0
let page = await median(9) {
    points = database.histories(until: end).reduce(0) { $0 + $1.points.count }
}
print("page \(page)")
print("page-points \(points)")
let full = await median(5) {
    points = database.histories(until: end, detail: .full).reduce(0) { $0 + $1.points.count }
}
print("full \(full)")
print("full-points \(points)")
let one = await median(9) { _ = database.history(of: keys[0], until: end) }
print("one \(one)")
// A second of checks each ten seconds.
let second = results(from: end, to: end + .seconds(1), every: .seconds(1)).prefix(max(1, services / 10))
let recording = await median(9) { database.record(results: Array(second)) }
print("record \(recording)")
let writing = await median(9) {
    database.record(results: Array(second))
    await database.flush()
}
print("write \(writing)")
let opening = await median(3) { _ = await HistoryDatabase.open("\(path)", now: { end }) { _ in } }
print("open-second \(opening)")

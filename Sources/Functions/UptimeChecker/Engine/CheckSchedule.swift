import Basics
import JSON
import Synchronization

/// Decides which check starts next: in the order given, no more at once than allowed in total and for each host.
///
/// A check whose host is busy steps aside, so that one host's many checks do not keep back the others; it is the first
/// to start when one of that host's has ended.
struct CheckSchedule {
    private struct Host {
        var running = 0
        var waiting = Queue()
    }

    private let limits: CheckLimits
    private let hostOfJob: [Int]
    private var hosts: [Host]
    private let isLimited: [Bool]
    private var ready = Queue()
    private var released = Queue()
    private(set) var running = 0

    /// - Parameter hosts: the host of each job; the jobs are the positions.
    init(hosts names: [String], limits: CheckLimits) {
        self.limits = limits
        var numbers: [String: Int] = [:]
        var isLimited: [Bool] = []
        hostOfJob = names.map { name in
            if let number = numbers[name] { return number }
            numbers[name] = isLimited.count
            isLimited.append(!CheckLimits.isLoopback(name))
            return isLimited.count - 1
        }
        self.isLimited = isLimited
        hosts = Array(repeating: Host(), count: isLimited.count)
        for job in names.indices { ready.append(job) }
    }

    /// The job to start now; `nil` when none may start.
    mutating func next() -> Int? {
        guard running < limits.total else { return nil }
        while let job = released.popFirst() ?? ready.popFirst() {
            let host = hostOfJob[job]
            if isLimited[host] && hosts[host].running >= limits.perHost {
                hosts[host].waiting.append(job)
                continue
            }
            hosts[host].running += 1
            running += 1
            return job
        }
        return nil
    }

    /// Takes note that a job that was started has ended.
    mutating func finished(_ job: Int) {
        running -= 1
        let host = hostOfJob[job]
        hosts[host].running -= 1
        if let waiting = hosts[host].waiting.popFirst() { released.append(waiting) }
    }

    /// Queues a job that has ended once more, behind all others.
    mutating func repeats(_ job: Int) { ready.append(job) }
}

/// First in, first out, without moving what is behind the first.
private struct Queue {
    private var jobs: [Int] = []
    private var head = 0

    mutating func append(_ job: Int) { jobs.append(job) }

    mutating func popFirst() -> Int? {
        guard head < jobs.count else { return nil }
        head += 1
        return jobs[head - 1]
    }
}

/// Which endpoints a scheduled run checks: those whose `interval` is over since they were checked last.
///
/// Kept in the process: a new one checks everything, which is once more than needed and never less. No state is read
/// or written for it, and runs that overlap cannot disturb each other.
final class DueTimes: Sendable {
    private let lastChecks = Mutex<[String: Timestamp]>([:])

    /// Schedules are not exact: an endpoint may be this much early, or half its interval if that is less.
    private static let tolerance = Duration.seconds(30)

    /// The endpoints that are due, which count as checked now.
    func take(from endpoints: [Endpoint], at now: Timestamp) -> [Endpoint] {
        lastChecks.withLock { lastChecks in
            endpoints.filter { endpoint in
                let key = endpoint.key
                let pause = endpoint.interval - min(endpoint.interval / 2, Self.tolerance)
                if let last = lastChecks[key], now >= last, now - last < pause { return false }
                lastChecks[key] = now
                return true
            }
        }
    }

    /// Takes back that endpoints were checked: those for which there was no time are due in the next run.
    func giveBack(_ results: [CheckResult]) {
        let unchecked = results.filter { $0.attempts == 0 }
        guard !unchecked.isEmpty else { return }
        lastChecks.withLock { lastChecks in
            for result in unchecked { lastChecks[result.key] = nil }
        }
    }
}

extension String {
    /// A hash that is the same in every process: FNV-1a with 64 bits, in hexadecimal.
    var stableHash: String {
        let hash = utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

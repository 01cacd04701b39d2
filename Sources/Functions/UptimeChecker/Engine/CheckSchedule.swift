/// Decides which check starts next: in the order given, within the limits of checks at once in total and for each host.
///
/// A check whose host is at its limit waits aside, so that the many checks of one host do not delay those of others. It
/// starts before all others when a check of that host has ended.
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

    /// Frees the place of a job that has ended.
    mutating func finished(_ job: Int) {
        running -= 1
        let host = hostOfJob[job]
        hosts[host].running -= 1
        if let waiting = hosts[host].waiting.popFirst() { released.append(waiting) }
    }

    /// Queues a job again that has ended, behind all others.
    mutating func repeats(_ job: Int) { ready.append(job) }
}

/// First in, first out.
///
/// Taking the first does not move the others.
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

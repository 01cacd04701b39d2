import Basics
import ServiceHistory

/// The history of one service in memory.
struct HistorySeries: Sendable {
    let key: ServiceKey
    /// The service's number in the file.
    let id: Int64
    /// By length; oldest first.
    var points: [[StoredPoint]] = PointLength.allCases.map { _ in [] }
    /// Oldest first.
    var outages: [StoredOutage] = []
    /// Oldest first.
    var causes: [ServiceHistory.Cause] = []
    /// Oldest first.
    var maintenance: [Range<Timestamp>] = []

    /// The time of the newest result, in milliseconds since 1970.
    private var lastTime: Int64?
    /// The time between the last two results.
    private var interval: Int64 = 0
    /// The start of the outage that lasts; nil while there is none.
    private var openStart: Int64?
    /// What was said last of it.
    private var lastCause: String?

    /// When results stop for longer, an outage ends with the last of them: nobody knows how it went on.
    private static let shortestGap: Int64 = 300_000
    /// Results that come more seldom do not show an outage that lasts.
    private static let longestInterval: Int64 = 86_400_000
    /// A result that is older than the newest by more was measured after the clock was set back.
    private static let latest: Int64 = 60_000
    /// Causes that change with each result are kept once a minute.
    private static let causeInterval = Duration.seconds(60)
    private static let maximumCauseLength = 500

    init(key: ServiceKey, id: Int64) { (self.key, self.id) = (key, id) }

    /// Goes on with what was read from the file.
    mutating func resume() {
        lastTime = points.compactMap { $0.last?.start }.max()
        // Results themselves may be gone when they come seldom; minutes are kept for longer.
        for points in points.prefix(PointLength.hour.rawValue) where points.count > 1 && interval == 0 {
            interval = min(points[points.count - 1].start - points[points.count - 2].start, Self.longestInterval)
        }
        openStart = outages.last { $0.end == nil }?.start
    }

    /// Takes a result; what is to be written goes into the batch.
    mutating func add(_ result: ServiceResult, _ batch: inout HistoryBatch) {
        let time = result.time.millisecondsSinceEpoch
        // Of what is no number, the lower bound is taken.
        let microseconds = result.seconds.map { Int64((min(1e9, max(0, $0.isNaN ? 0 : $0)) * 1e6).rounded()) }
        var point = StoredPoint(start: time, attempts: 1, successes: result.succeeded ? 1 : 0)
        if let microseconds {
            point.timed = 1
            point.total = microseconds
            point.longest = Float(microseconds) / 1e6
        }
        for length in PointLength.allCases {
            point.start = length.start(of: time)
            Self.add(point, to: &points[length.rawValue])
            batch.add(point, length, of: id)
        }
        follow(result, time, &batch)
    }

    private static func add(_ point: StoredPoint, to points: inout [StoredPoint]) {
        guard let last = points.last, point.start <= last.start else { return points.append(point) }
        let position = points.firstIndex(notBefore: point.start)
        if position < points.count, points[position].start == point.start {
            points[position].add(point)
        } else {
            points.insert(point, at: position)
        }
    }

    // MARK: Outages

    private mutating func follow(_ result: ServiceResult, _ time: Int64, _ batch: inout HistoryBatch) {
        if let last = lastTime {
            // Late: of the time before the newest result, of which it is known how it went on.
            if time < last, time >= last - Self.latest { return }
            if time < last || time - last > max(Self.shortestGap, 3 * interval) {
                end(at: last + min(interval, Self.shortestGap), &batch)
            }
            // Learned from a gap, too: it is one only as long as nobody knows how seldom results come.
            interval = min(max(0, time - last), Self.longestInterval)
        }
        lastTime = time
        guard !result.succeeded else { return end(at: time, &batch) }
        if openStart == nil {
            openStart = time
            let position = outages.firstIndex { $0.start >= time } ?? outages.count
            // One with the same start was there before the clock was set back.
            if position == outages.count || outages[position].start > time {
                outages.insert(StoredOutage(start: time, end: nil, failures: 0), at: position)
            }
        }
        changeOutage(&batch) { outage in
            outage.end = nil
            outage.failures += 1
        }
        if let cause = result.cause { explain(cause, at: result.time, &batch) }
    }

    private mutating func end(at time: Int64, _ batch: inout HistoryBatch) {
        changeOutage(&batch) { $0.end = max(time, $0.start) }
        openStart = nil
        lastCause = nil
    }

    /// Changes the outage that lasts, if there is one.
    private mutating func changeOutage(_ batch: inout HistoryBatch, _ change: (inout StoredOutage) -> Void) {
        guard let openStart, let index = outages.lastIndex(where: { $0.start == openStart }) else { return }
        change(&outages[index])
        batch.outages[.init(start: openStart, service: id)] = outages[index]
    }

    /// Takes why the service fails; of one that does not fail nothing is taken.
    mutating func explain(_ cause: String, at time: Timestamp, _ batch: inout HistoryBatch) {
        let text = String(cause.prefix(Self.maximumCauseLength))
        guard openStart != nil, text != lastCause else { return }
        if lastCause != nil, let last = causes.last, time - last.time < Self.causeInterval { return }
        changeOutage(&batch) { $0.cause = $0.cause ?? text }
        lastCause = text
        let position = causes.firstIndex { $0.time > time } ?? causes.count
        causes.insert(ServiceHistory.Cause(time: time, text: text), at: position)
        batch.causes[.init(start: time.millisecondsSinceEpoch, service: id)] = text
    }

    /// Takes planned work; what touches it becomes one with it.
    mutating func add(maintenance range: Range<Timestamp>, _ batch: inout HistoryBatch) {
        let touching = maintenance.filter { $0.lowerBound <= range.upperBound && range.lowerBound <= $0.upperBound }
        let start = touching.reduce(range.lowerBound) { min($0, $1.lowerBound) }
        let end = touching.reduce(range.upperBound) { max($0, $1.upperBound) }
        maintenance.removeAll { touching.contains($0) }
        maintenance.append(start..<end)
        maintenance.sort { $0.lowerBound < $1.lowerBound }
        for old in touching {
            batch.maintenance[.init(start: old.lowerBound.millisecondsSinceEpoch, service: id)] = .isGone
        }
        batch.maintenance[.init(start: start.millisecondsSinceEpoch, service: id)] =
            .ends(at: end.millisecondsSinceEpoch)
    }

    // MARK: Age

    /// Forgets what is older than is kept.
    mutating func forget(_ kept: KeptSince) {
        for length in PointLength.allCases {
            let count = points[length.rawValue].firstIndex(notBefore: kept[length])
            // Not each time: what is behind moves up.
            if count > points[length.rawValue].count / 16 { points[length.rawValue].removeFirst(count) }
        }
        let oldest = kept[.hour]
        outages.removeAll { ($0.end ?? .max) < oldest }
        causes.removeAll { $0.time.millisecondsSinceEpoch < oldest }
        maintenance.removeAll { $0.upperBound.millisecondsSinceEpoch < oldest }
    }

    /// Whether nothing is known any more.
    var isEmpty: Bool { points.allSatisfy(\.isEmpty) }

    /// All there is, for a new file.
    func write(to batch: inout HistoryBatch) {
        batch.services[id] = key
        for length in PointLength.allCases {
            for point in points[length.rawValue] { batch.add(point, length, of: id) }
        }
        for outage in outages { batch.outages[.init(start: outage.start, service: id)] = outage }
        for cause in causes { batch.causes[.init(start: cause.time.millisecondsSinceEpoch, service: id)] = cause.text }
        for range in maintenance {
            let start = range.lowerBound.millisecondsSinceEpoch
            batch.maintenance[.init(start: start, service: id)] = .ends(at: range.upperBound.millisecondsSinceEpoch)
        }
    }
}

/// Since when points of each length are complete, in milliseconds since 1970.
struct KeptSince: Sendable, Hashable {
    private var since: [Int64] = PointLength.allCases.map { _ in .min }

    subscript(length: PointLength) -> Int64 {
        get { since[length.rawValue] }
        set { since[length.rawValue] = newValue }
    }
}

// MARK: - Reading

extension HistorySeries {
    /// The history until a time, in a detail.
    func history(until now: Int64, _ detail: HistoryDetail, _ kept: KeptSince) -> ServiceHistory {
        let cuts = Cuts(until: now, detail, kept)
        let (results, minutes, hours) = (points[0], points[1], points[2])
        let hourRange = hours.firstIndex(notBefore: cuts.hours)..<hours.firstIndex(notBefore: cuts.minutes)
        let minuteRange = minutes.firstIndex(notBefore: cuts.minutes)..<minutes.firstIndex(notBefore: cuts.results)
        let resultRange = results.firstIndex(notBefore: cuts.results)..<results.firstIndex(notBefore: now + 1)
        var found: [HistoryPoint] = []
        found.reserveCapacity(hourRange.count + minuteRange.count + resultRange.count)
        append(hours[hourRange], .hour, to: &found)
        append(minutes[minuteRange], .minute, to: &found)
        for point in results[resultRange] {
            found.append(
                HistoryPoint(
                    start: Timestamp(microseconds: point.start * 1_000), length: .zero, attempts: Int(point.attempts),
                    successes: Int(point.successes), seconds: point.mean,
                    maximumSeconds: point.timed == 0 ? nil : Double(point.longest)))
        }
        return ServiceHistory(
            name: key.name, group: key.group, kind: key.kind, points: found, causes: causes, maintenance: maintenance)
    }

    /// Appends points that are cut at outages; both are walked along once.
    private func append(_ points: ArraySlice<StoredPoint>, _ length: PointLength, to found: inout [HistoryPoint]) {
        var next = 0
        for point in points {
            while next < outages.count, (outages[next].end ?? .max) <= point.start { next += 1 }
            let end = point.start + length.milliseconds
            var after = next
            while after < outages.count, outages[after].start < end { after += 1 }
            point.append(to: &found, length: length.milliseconds, outages: outages[next..<after])
        }
    }

    /// Where points of one length follow those of a longer one.
    private struct Cuts {
        let hours: Int64
        let minutes: Int64
        let results: Int64

        init(until now: Int64, _ detail: HistoryDetail, _ kept: KeptSince) {
            func back(_ duration: Duration) -> Int64 { now - duration.milliseconds }
            hours = PointLength.hour.start(of: back(detail.hours))
            /// The start of the period in which a time lies; where that is not complete any more, of the next one.
            func start(_ time: Int64, _ length: PointLength, _ finer: PointLength) -> Int64 {
                let start = length.start(of: time)
                return start >= kept[finer] ? start : length.next(kept[finer])
            }
            var results = start(back(detail.results), .minute, .result)
            let minutes = start(min(back(detail.minutes), results), .hour, .minute)
            // Where minutes are gone, the hour fills the time up to the next one.
            results = max(results, minutes)
            (self.minutes, self.results) = (minutes, results)
        }
    }
}

extension [StoredPoint] {
    /// The position of the first point that does not start before a time.
    func firstIndex(notBefore time: Int64) -> Int { partitionPoint { $0.start < time } }
}

extension Duration {
    /// Whole milliseconds, within what a time can be moved by.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, -1 << 40), 1 << 40) * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}

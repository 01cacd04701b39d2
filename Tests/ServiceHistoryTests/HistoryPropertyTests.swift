import Basics
import ServiceHistory
import TestSupport
import Testing
import TimeZones

/// Random histories against ``SlowHistory``; all times are whole minutes.
@Suite struct HistoryPropertyTests {
    @Test("outages and downtime are those that asking for every minute gives", arguments: 0..<100 as Range<UInt64>)
    func outages(seed: UInt64) {
        var random = SeededRandom(seed)
        var history = Self.history(&random)
        let gaps = HistoryGaps(multiple: Double(1 + random.next(below: 4)), minimum: .seconds(60 * random.number(10)))
        let now = random.number(60) + 540
        history.points.removeAll { $0.start >= minute(now) }
        let slow = SlowHistory(history: history, now: minute(now), gaps: gaps)
        let start = random.number(now)
        let range = start..<(start + 1 + random.number(now - start))
        let times = minute(range.lowerBound)..<minute(range.upperBound)
        let outages = history.outages(in: times, now: minute(now), gaps: gaps)

        let runs = slow.outages(in: 0..<now)
        #expect(outages.merged(now: now).filter { !$0.isEmpty } == runs.filter { $0.overlaps(range) })
        let availability = history.availability(in: times, now: minute(now), gaps: gaps)
        #expect(availability.outages == outages.count)
        #expect(
            availability.downtime == .seconds(60 * runs.reduce(0) { $0 + $1.clamped(to: range).count }))
        let counted = slow.counted.filter { times.contains($0.start) }
        #expect(availability.attempts == counted.reduce(0) { $0 + $1.attempts })
        #expect(availability.successes == counted.reduce(0) { $0 + $1.successes })
        let maintenance = range.filter { slow.isMaintenance(minute($0)) }.count
        #expect(availability.maintenance == .seconds(60 * maintenance))
    }

    @Test(
        "every bad result is in one outage, and outages come one after the other",
        arguments: 0..<100 as Range<UInt64>)
    func failures(seed: UInt64) {
        var random = SeededRandom(seed)
        let history = Self.history(&random)
        let outages = history.outages(in: minute(0)..<minute(600))
        let slow = SlowHistory(history: history, now: minute(600))
        #expect(outages.reduce(0) { $0 + $1.failures } == slow.counted.reduce(0) { $0 + $1.failures })
        for (outage, next) in zip(outages, outages.dropFirst()) {
            let end = outage.end ?? minute(601)
            #expect(end <= next.start)
            #expect(outage.start <= end)
        }
        for point in slow.counted where point.failures > 0 {
            #expect(outages.count { $0.start <= point.start && point.start <= $0.end ?? minute(600) } >= 1)
        }
    }

    @Test("ranges that follow each other add up to the whole", arguments: 0..<100 as Range<UInt64>)
    func parts(seed: UInt64) {
        var random = SeededRandom(seed)
        let history = Self.history(&random)
        let cuts = ([0, 600] + (0..<5).map { _ in random.number(600) }).sorted()
        let whole = history.availability(in: minute(0)..<minute(600))
        let parts = zip(cuts, cuts.dropFirst()).map {
            history.availability(in: minute($0)..<minute($1), now: minute(600))
        }
        #expect(parts.reduce(0) { $0 + $1.attempts } == whole.attempts)
        #expect(parts.reduce(0) { $0 + $1.successes } == whole.successes)
        #expect(parts.reduce(.zero) { $0 + $1.downtime } == whole.downtime)
        #expect(parts.reduce(.zero) { $0 + $1.maintenance } == whole.maintenance)
    }

    @Test("bars hold each result once, and each bar what its range holds", arguments: 0..<60 as Range<UInt64>)
    func bars(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let zones = ["UTC", "Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe", "Atlantic/Azores"]
        let zone = try #require(TimeZoneRules(named: zones[random.number(zones.count)]))
        let unit: HistoryBar.Unit = random.next(below: 2) == 0 ? .hour : .day
        // Around each change of a clock in 2026: the last Sundays of March and October, the first of April and October.
        let changes = ["2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04"]
        let around = try #require(Timestamp(iso8601: changes[random.number(changes.count)]))
        var history = Self.history(&random)
        let shift = around - origin - .seconds(3_600 * random.number(12))
        for index in history.points.indices { history.points[index].start += shift }
        history.maintenance = history.maintenance.map { $0.lowerBound + shift..<$0.upperBound + shift }
        let until = origin + shift + .seconds(60 * random.number(700))

        let bars = history.bars(unit, count: 30, until: until, zone: zone)
        #expect(bars.count == 30)
        let last = try #require(bars.last).range
        #expect(last.contains(until - .microseconds(1)))
        for (bar, next) in zip(bars, bars.dropFirst()) { #expect(bar.range.upperBound == next.range.lowerBound) }
        let slow = SlowHistory(history: history, now: until)
        for bar in bars {
            let length = (bar.range.upperBound - bar.range.lowerBound) / .seconds(60)
            #expect(unit == .hour ? [30, 60].contains(length) : [1_380, 1_410, 1_440, 1_470, 1_500].contains(length))
            let second = Int(bar.range.lowerBound.microseconds / 1_000_000)
            let local = CivilDate(secondsSinceEpoch: Int64(second + zone.offset(at: second)))
            if length == 60 || unit == .day { #expect(local.minute == 0) }
            if unit == .day { #expect(local.hour == 0 || length == 1_380) }
            let counted = slow.counted.filter { bar.range.contains($0.start) && $0.start < until }
            #expect(bar.attempts == counted.reduce(0) { $0 + $1.attempts })
            #expect(bar.failures == counted.reduce(0) { $0 + $1.failures })
        }
    }

    @Test(
        "a budget counts what its range holds, and says the failure at which it was used up",
        arguments: 0..<100 as Range<UInt64>)
    func budgets(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var history = Self.history(&random)
        history.objective = [50, 90, 99, 99.9][random.number(4)]
        let range = minute(random.number(200))..<minute(300 + random.number(300))
        let budget = try #require(history.errorBudget(in: range, lookBack: .seconds(3_600)))
        let slow = SlowHistory(history: history, now: range.upperBound)
        let counted = slow.counted.filter { range.contains($0.start) }
        let attempts = counted.reduce(0) { $0 + $1.attempts }
        let failures = counted.reduce(0) { $0 + $1.failures }
        let allowed = Double(attempts) * (1 - budget.objective / 100)
        #expect(budget.used == failures)
        #expect(abs(budget.allowed - allowed) < 1e-9)
        #expect(budget.isOverspent == (Double(failures) > allowed + 1e-9))
        let exhausting = counted.indices.first { index in
            let sum = counted[...index].reduce(0) { $0 + $1.failures }
            return sum > 0 && Double(sum) >= allowed - 1e-9
        }
        if let exhausting { #expect(budget.exhaustedAt == counted[exhausting].start) }
        let lookBack = (range.upperBound - .seconds(3_600))..<range.upperBound
        let recent = slow.counted.filter { lookBack.contains($0.start) }
        let share = Double(recent.reduce(0) { $0 + $1.failures }) / Double(recent.reduce(0) { $0 + $1.attempts })
        #expect((budget.burnRate == nil) == recent.isEmpty)
        if let rate = budget.burnRate { #expect(abs(rate - share / (1 - budget.objective / 100)) < 1e-9) }
    }

    /// Up to ten hours of results: sections of different periods and intervals, with holes and runs of bad results.
    private static func history(_ random: inout SeededRandom) -> ServiceHistory {
        var points: [HistoryPoint] = []
        var time = random.number(30)
        var isBad = false
        while time < 600 {
            let length = [60, 5, 1, 0][random.number(4)]
            let step = max(length, [60, 10, 5, 1][random.number(4)])
            for _ in 0...random.number(20) where time < 600 {
                if random.next(below: 4) == 0 { isBad.toggle() }
                let attempts = random.number(5)
                let successes = isBad ? (attempts == 0 ? 0 : random.number(attempts)) : attempts
                points.append(
                    HistoryPoint(
                        start: minute(time), length: .seconds(60 * length), attempts: attempts, successes: successes))
                time += step
                if random.next(below: 8) == 0 { time += random.number(30) }
            }
        }
        let maintenance = (0..<random.number(4)).map { _ in
            let start = random.number(600)
            return minute(start)..<minute(start + random.number(60))
        }
        return ServiceHistory(name: "shop", kind: .check, points: points, maintenance: maintenance)
    }
}

private func minute(_ minutes: Int) -> Timestamp { origin + .seconds(60 * minutes) }

extension SeededRandom {
    fileprivate mutating func number(_ bound: Int) -> Int { bound > 0 ? Int(next(below: UInt64(bound))) : 0 }
}

extension [Outage] {
    /// The outages in minutes from the origin; those that touch are one.
    fileprivate func merged(now: Int) -> [Range<Int>] {
        func minutes(_ time: Timestamp) -> Int { Int(time.microseconds - origin.microseconds) / 60_000_000 }
        return reduce(into: []) { merged, outage in
            let range = minutes(outage.start)..<Swift.max(minutes(outage.start), outage.end.map(minutes) ?? now)
            if let last = merged.last, last.upperBound == range.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<range.upperBound
            } else {
                merged.append(range)
            }
        }
    }
}

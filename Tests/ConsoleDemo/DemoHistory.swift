import Basics
import Console
import ServiceHistory
import StatusPages

/// The made-up past of the demo's services and functions: the same in each run.
struct DemoHistory: Sendable {
    private struct Service {
        var name: String
        var group: String?
        var target: String
        /// Seconds of a usual response.
        var seconds: Double
        var certificateDays: Int?
    }

    private let services: [Service]
    /// By hour, for 90 days; then each ten seconds, for the last hour.
    private let points: [[HistoryPoint]]
    private let causes: [[ServiceHistory.Cause]]

    init(count: Int, until now: Timestamp) {
        var services = [
            Service(
                name: "front-page", group: "shop", target: "https://shop.example/", seconds: 0.084, certificateDays: 61),
            Service(
                name: "search", group: "shop", target: "https://shop.example/search", seconds: 0.132,
                certificateDays: 61),
            Service(
                name: "checkout", group: "shop", target: "https://shop.example/checkout", seconds: 0.21,
                certificateDays: 9),
            Service(
                name: "orders", group: "api", target: "https://api.example/orders", seconds: 0.046, certificateDays: 80),
            Service(
                name: "login", group: "api", target: "https://api.example/login", seconds: 0.058, certificateDays: 80),
            Service(
                name: "home", group: "website", target: "https://www.example/", seconds: 0.031, certificateDays: 33),
            Service(name: "buy-a-book", group: nil, target: "tests/buy-a-book.sh", seconds: 2.4),
        ]
        for index in services.count..<max(count, services.count) {
            services.append(
                Service(
                    name: "service-\(index)", group: "group-\(index / 10)", target: "https://s\(index).example/",
                    seconds: 0.05 + Double(index % 9) * 0.02))
        }
        self.services = Array(services.prefix(count))
        var points: [[HistoryPoint]] = []
        var causes: [[ServiceHistory.Cause]] = []
        for (index, service) in self.services.enumerated() {
            var random = SeededRandom(UInt64(index + 1))
            var own: [HistoryPoint] = []
            var ownCauses: [ServiceHistory.Cause] = []
            for hour in stride(from: 90 * 24, to: 1, by: -1) {
                let start = now - .seconds(hour * 3_600)
                let isBad = random.next(below: 1_500) == 0
                let failures = isBad ? Int(random.next(below: 200)) + 10 : 0
                if isBad { ownCauses.append(.init(time: start + .seconds(60), text: "[STATUS] (502) == 200")) }
                let seconds = service.seconds * (0.9 + Double(random.next(below: 30)) / 100) * (isBad ? 3 : 1)
                own.append(
                    HistoryPoint(
                        start: start, length: .seconds(3_600), attempts: 360, successes: 360 - failures,
                        seconds: seconds, maximumSeconds: seconds * 2))
            }
            points.append(own)
            causes.append(ownCauses)
        }
        (self.points, self.causes) = (points, causes)
    }

    /// The services, of which the second fails in a time.
    func entries(until now: Timestamp, failing: Range<Timestamp>?, isFailing: Bool) -> [ServiceEntry] {
        services.indices.map { index in
            let service = services[index]
            let isSubject = index == 1
            var history = ServiceHistory(
                name: service.name, group: service.group, kind: service.group == nil ? .test : .check, objective: 99.9,
                points: points[index] + recent(index, until: now, failing: isSubject ? failing : nil),
                causes: causes[index])
            if isSubject, let failing {
                history.causes.append(.init(time: failing.lowerBound, text: "[STATUS] (503) == 200"))
            }
            return ServiceEntry(
                history: history, state: isSubject && isFailing ? .down : .up, lastResult: now - .seconds(index),
                lastSeconds: history.points.last?.seconds, target: service.target,
                certificateDays: service.certificateDays)
        }
    }

    private func recent(_ index: Int, until now: Timestamp, failing: Range<Timestamp>?) -> [HistoryPoint] {
        let first = DemoSystem.start - .seconds(3_600)
        let count = Int((now - first) / .seconds(10))
        return (0...count).map { place in
            let time = first + .seconds(place * 10)
            let isBad = failing?.contains(time) ?? false
            var random = SeededRandom(UInt64(place * 131 + index))
            let usual = services[index].seconds * (0.9 + Double(random.next(below: 30)) / 100)
            return HistoryPoint(
                start: time, length: .zero, attempts: 1, successes: isBad ? 0 : 1, seconds: isBad ? usual * 6 : usual)
        }
    }

    // MARK: Functions

    func functions(until now: Timestamp) -> [ConsoleSnapshot.Function] {
        func recent(_ milliseconds: Double, count: Int, failed: Int? = nil) -> [ConsoleSnapshot.Function.Invocation] {
            (0..<count).map { place in
                var random = SeededRandom(UInt64(place + 7))
                return .init(
                    time: now - .seconds(place * 10 + 3),
                    milliseconds: milliseconds * (0.8 + Double(random.next(below: 60)) / 100),
                    coldStart: place == count - 1 ? 21.4 : nil,
                    error: place == failed ? "Runtime.Unhandled: the topic does not exist" : nil)
            }
        }
        return [
            .init(
                name: "uptime-checker", invocations: 722, errors: 0, starts: 2, peakMemory: 14_800_000,
                recent: recent(230, count: 20),
                log: ["INFO start version=0.1.0", "INFO checked endpoints=6 down=0", "INFO metrics written count=12"]),
            .init(
                name: "metric-writer", invocations: 361, errors: 0, starts: 1, peakMemory: 11_300_000,
                recent: recent(7, count: 20), log: ["INFO start version=0.1.0", "INFO metrics written count=4"]),
            .init(
                name: "notifier", invocations: 12, errors: 1, starts: 3, peakMemory: 12_900_000,
                recent: recent(38, count: 12, failed: 4),
                log: ["INFO start version=0.1.0", "ERROR not delivered output=team-chat <script>alert(1)</script>"]),
            .init(
                name: "alarm-provisioner", invocations: 2, starts: 1, peakMemory: 18_200_000,
                recent: recent(410, count: 2)),
        ]
    }
}

import Basics
import LocalHistory
import ServiceHistory

/// The planned work that is being done now, by services; a pure state.
///
/// The history gets it while it lasts: a session may end before the window does.
struct OpenMaintenance: Sendable {
    private struct Window {
        var start: Timestamp
        /// Until when the history has it.
        var recorded: Timestamp
    }

    /// How much of a window a session that is killed may leave out.
    private static let interval = Duration.seconds(10)

    private var windows: [ServiceKey: Window] = [:]

    /// When the planned work on a service began in this session; nil when there is none now.
    func start(of service: ServiceKey) -> Timestamp? { windows[service]?.start }

    /// Planned work goes on, on these services and no others.
    /// - Returns: what the history is to get; ranges of the same service touch.
    mutating func take(_ services: Set<ServiceKey>, at now: Timestamp) -> [(ServiceKey, Range<Timestamp>)] {
        var done: [(ServiceKey, Range<Timestamp>)] = []
        for (service, window) in windows {
            let isOver = !services.contains(service)
            if isOver { windows[service] = nil }
            guard isOver || now - window.recorded >= Self.interval, window.start < now else { continue }
            done.append((service, window.start..<now))
            if !isOver { windows[service]?.recorded = now }
        }
        for service in services where windows[service] == nil {
            windows[service] = Window(start: now, recorded: now)
        }
        return done
    }
}

extension ServiceHistory {
    /// Adds planned work; what touches it becomes one with it.
    mutating func add(maintenance range: Range<Timestamp>) {
        let touching = maintenance.filter { $0.lowerBound <= range.upperBound && range.lowerBound <= $0.upperBound }
        let start = touching.reduce(range.lowerBound) { min($0, $1.lowerBound) }
        let end = touching.reduce(range.upperBound) { max($0, $1.upperBound) }
        maintenance.removeAll(where: touching.contains)
        maintenance.append(start..<end)
        maintenance.sort { $0.lowerBound < $1.lowerBound }
    }
}

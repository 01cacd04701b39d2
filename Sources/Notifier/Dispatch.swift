/// Which notifications of an event go to which outputs.
struct Dispatch {
    /// One output's notifications in the event's order, with the ids of their records.
    private(set) var loads: [(output: OutputDefinition, jobs: [Courier.Job], records: [String])]
    /// What the rules drop.
    private(set) var dropped: [Plan.Dropped] = []
    /// In the whole event.
    private(set) var notifications = 0

    init(_ event: IncomingEvent, _ rules: Rules) {
        loads = rules.outputs.map { ($0, [], []) }
        let positions = Dictionary(rules.outputs.enumerated().map { ($1.name, $0) }) { first, _ in first }
        for record in event.records {
            for notification in record.notifications {
                notifications += 1
                let destinations = rules.destinations(of: notification)
                if destinations.isEmpty { dropped.append(.init(record: record.id, title: notification.title)) }
                for destination in destinations {
                    guard let position = positions[destination.output] else { continue }
                    loads[position].jobs.append(.init(notification: notification, mentions: destination.mentions))
                    loads[position].records.append(record.id)
                }
            }
        }
        loads.removeAll { $0.jobs.isEmpty }
    }
}

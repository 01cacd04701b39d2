/// What CloudMonitor's names of events mean: `Instance:SystemMaintenance.Reboot:Scheduled` is a resource, an event and,
/// for some, a status.
struct CloudMonitorEventName {
    /// How an event goes on.
    enum Course: Character {
        /// It happened, and that is all.
        case single = "-"
        /// Something is wrong while it is executed, and right again afterwards.
        case incident = "i"
        /// Something is done to the resource, after which all is well.
        case operation = "o"
        /// Something is done to the resource that takes it away.
        case loss = "l"
        /// It ends what another event began.
        case recovery = "r"
    }

    /// What happened, in words and with the status: `restart for system maintenance scheduled`.
    let text: String
    /// The event without its status, equal for events that begin and end the same thing.
    let incident: String
    /// Whether all is well again.
    let isOver: Bool
    /// Whether it is one that CloudMonitor counts as critical where the message does not say.
    let isSevere: Bool

    init(_ name: String) {
        // Copies of the documentation escape underscores.
        let name = name.filter { $0 != "\\" }
        let parts = name.split(separator: ":").map { String($0) }
        let status = parts.count > 1 ? parts.last.flatMap { Self.statuses[$0] == nil ? nil : $0 } : nil
        let base = status == nil ? name : parts.dropLast().joined(separator: ":")
        let entry = Self.entries[base]
        let course = entry?.course ?? .single
        var text = entry?.text ?? Self.phrase(base)
        if let status {
            if course == .incident, status == "Executing" || status == "Executed" {
                text += status == "Executing" ? " started" : " is over"
            } else {
                text += " " + (Self.statuses[status] ?? status)
            }
        }
        self.text = text
        incident = entry?.incident ?? base
        isOver =
            switch course {
            case .single: false
            case .recovery: true
            case .incident: status == "Executed"
            case .operation: status == "Executed" || status == "Avoided" || status == "Canceled"
            case .loss: status == "Avoided" || status == "Canceled"
            }
        isSevere = !isOver && (status == "Failed" || ![.single, .recovery].contains(course))
    }

    private static let statuses = [
        "Scheduled": "scheduled", "Executing": "in progress", "Executed": "completed", "Avoided": "avoided",
        "Canceled": "canceled", "Failed": "failed", "Inquiring": "awaits your decision", "Timeout": "timed out",
        "Rejected": "rejected",
    ]

    /// A name of no entry: `Maintenance:HDFS.DataNode.IpcPortUnAvailable` is `HDFS DataNode ipc port unavailable`.
    private static func phrase(_ name: String) -> String {
        let parts = name.split(whereSeparator: { $0 == ":" || $0 == "." }).map { String($0) }
        let isGeneral = ["Maintenance", "Agent", "Scaling", "StatusNotification"].contains(parts.first ?? "")
        let telling = isGeneral && parts.count > 1 ? parts.dropFirst() : parts[...]
        let owners = name.contains(".") ? telling.dropLast().joined(separator: " ") : ""
        let rest = name.contains(".") ? [telling.last ?? ""] : Array(telling)
        var mended: [String] = []
        for word in rest.flatMap({ words($0).split(separator: " ") }) {
            // `UnAvailable` is one word.
            if mended.last == "un" {
                mended[mended.count - 1] += word
            } else {
                mended.append(corrections[String(word)] ?? String(word))
            }
        }
        return (owners.isEmpty ? mended : [owners] + mended).joined(separator: " ")
    }

    /// The names have slips of the pen.
    private static let corrections = [
        "coumpute": "compute", "occured": "occurred", "failue": "failed", "unkown": "unknown", "usedup": "used up",
        "oom": "out of memory", "OOM": "out of memory",
    ]
}

public import Basics

/// What people may say of an incident.
extension Incident {
    /// Adds what a person says.
    /// - Parameters:
    ///   - status: nil for a remark.
    ///   - reopening: whether an incident that is over may be opened again.
    ///   - id: of the update; one that was added before is not added again.
    /// - Throws: ``IncidentError`` `refused` with what to do instead.
    public mutating func say(
        _ text: String, status: Status?, at time: Timestamp, now: Timestamp, reopening: Bool, id: String,
        author: String?
    ) throws(IncidentError) {
        guard time >= createdAt else {
            throw IncidentError(
                .refused, "\(self.id) was opened at \(createdAt.iso8601); give a time by --at that is not before that")
        }
        if let status, status.isOfMaintenance != isMaintenance {
            let allowed = Status.allCases.filter { $0.isOfMaintenance == isMaintenance }.map(\.rawValue)
            throw IncidentError(
                .refused,
                "\(self.id) is \(isMaintenance ? "a maintenance" : "no maintenance"): expected as --status "
                    + "\(allowed.dropLast().joined(separator: ", ")) or \(allowed.last ?? "")")
        }
        let current = updates(at: now).last { $0.time <= time }?.status ?? self.status
        if let status, !status.isOver, !reopening, let end = endedAt(now) {
            throw IncidentError(
                .refused,
                "\(self.id) has been \(self.status(at: now).text) since \(end.iso8601(fractionDigits: 0)): open it "
                    + "again by --reopen, or leave out --status to add a remark")
        }
        // Of an update before others nothing else would tell that it is new.
        if let last = updates.last, time < last.time, !updates.contains(where: { $0.id == id }) { noteChange(at: now) }
        add(Update(id: id, time: time, status: status ?? current, text: text, author: author))
    }

    /// Changes title, impact, services, window or post-mortem, and notes that it was done; what is as it was is no
    /// change.
    public mutating func edit(
        at now: Timestamp, _ change: (inout Incident) throws(IncidentError) -> Void
    ) throws(IncidentError) {
        let before = self
        try change(&self)
        if self != before { noteChange(at: now) }
    }

    private mutating func noteChange(at now: Timestamp) {
        // Clocks of two people differ a little; what was changed is newer all the same.
        changedAt = max(now, changedAt ?? now)
        revision += 1
    }

    /// Plans a maintenance anew.
    /// - Throws: ``IncidentError`` `refused` for what is no maintenance.
    public mutating func move(to window: Range<Timestamp>) throws(IncidentError) {
        guard isMaintenance else {
            throw IncidentError(.refused, "\(id) is no maintenance: it has no window that could be moved")
        }
        self.window = window
    }
}

extension Notification {
    /// The fields as a service has them, as far as there is room; the last one counts what was left out.
    /// - Parameters:
    ///   - count: the most that the service takes.
    ///   - room: what the service leaves for them all, counted as `make` counts.
    ///   - make: gives the service's form of a field, and how much room it takes.
    func facts<Fact>(count: Int, room: Int, _ make: (Field) -> (Fact, length: Int)) -> [Fact] {
        var facts: [Fact] = []
        var room = room - 100
        for field in fields {
            let (fact, length) = make(field)
            let isLast = facts.count + 1 == fields.count
            guard length <= room, facts.count < (isLast ? count : count - 1) else {
                return facts + [make(Field(TextRules.mark, "\(fields.count - facts.count) more")).0]
            }
            room -= length
            facts.append(fact)
        }
        return facts
    }
}

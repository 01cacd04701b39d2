extension Condition {
    /// What conditions are about, beyond what a check sees anyway.
    struct Needs: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        /// The response's body.
        static let body = Needs(rawValue: 1 << 0)
        /// When the domain's registration expires: a request to its registry.
        static let domainExpiration = Needs(rawValue: 1 << 1)
        /// The address of the target.
        static let ip = Needs(rawValue: 1 << 2)
        /// Whether there is a connection: not having one is then no fault by itself.
        static let connection = Needs(rawValue: 1 << 3)
    }
}

extension Sequence<Condition> {
    /// What all of them are about.
    var needs: Condition.Needs { reduce(into: []) { $0.formUnion($1.needs) } }
}

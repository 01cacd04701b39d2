/// The members of a mapping while it is read.
struct YAMLMembers {
    private var members: [(key: YAMLNode, value: YAMLNode)] = []
    /// Positions by key; Swift takes canonically equivalent texts for equal, YAML does not.
    private var positions: [[UInt8]: Int] = [:]
    private var merge: YAMLNode?

    var count: Int { members.count }

    /// Appends a member, or notes what `<<` stands for.
    /// - Throws: for a key that is there already, or no scalar.
    mutating func add(_ key: YAMLNode, _ value: YAMLNode) throws(YAMLError) {
        guard case .scalar(let scalar) = key.kind else {
            throw key.error(.complexKey, "a key is a list or mapping: only texts, numbers and the like can be keys")
        }
        let isMerge = scalar.isPlain && scalar.text == "<<"
        let known = positions.updateValue(members.count, forKey: [UInt8](scalar.text.utf8))
        if isMerge, merge == nil {
            merge = value
            return
        }
        guard let known else { return members.append((key, value)) }
        let first = isMerge ? merge?.line : members[known].key.line
        throw key.error(
            .duplicateKey, "key \"\(scalar.text)\" stands here again, first on line \(first ?? 0): remove one")
    }

    /// The members, and after them those of the merged mappings whose keys are not there, the first mapping first.
    mutating func merged() throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
        guard let merge else { return members }
        var result = members
        let sources: [YAMLNode] = if case .sequence(let list) = merge.kind { list } else { [merge] }
        for source in sources {
            guard case .mapping(let others) = source.kind else {
                throw source.error(.wrongMerge, "<< takes a mapping, such as *defaults, or a list of mappings")
            }
            for other in others {
                guard case .scalar(let key) = other.key.kind,
                    positions.updateValue(result.count, forKey: [UInt8](key.text.utf8)) == nil
                else { continue }
                result.append(other)
            }
        }
        return result
    }
}

extension YAMLNode {
    fileprivate func error(_ code: YAMLError.Code, _ message: String) -> YAMLError {
        YAMLError(code: code, message: message, line: line, column: column)
    }
}

extension JSONObject {
    /// The position of a key among the members.
    func position(of key: String) -> Int? {
        guard let table else { return members.firstIndex { $0.key.hasSameBytes(as: key) } }
        return table.position(hash: key.withBytes(Hasher.hash)) { members[$0].key.hasSameBytes(as: key) }
    }

    /// Adds a member whose key is not there yet.
    mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if table?.isFull == false {
            table?.insert(members.count - 1, hash: key.withBytes(Hasher.hash))
        } else {
            rebuildTable()
        }
    }

    /// Removes the member at a position.
    mutating func remove(at position: Int) {
        members.remove(at: position)
        rebuildTable()
    }

    private mutating func rebuildTable() {
        table = nil
        guard members.count > KeyTable.smallestCount else { return }
        var table = KeyTable(count: 2 * members.count)
        for (position, member) in members.enumerated() {
            table.insert(position, hash: member.key.withBytes(Hasher.hash))
        }
        self.table = table
    }
}

/// A type of a service's model.
struct Shape: Sendable {
    enum Kind: String, Sendable {
        case structure, list, map, string, integer, double, boolean, timestamp, blob
    }

    let kind: Kind
    /// A structure's members by name; a list's one element; a map's key and value.
    let members: [ShapeReference]
    /// The names of the members that a structure must have.
    let required: [String]
    /// The least length of a string or list, the least value of a number.
    let minimum: Double?
    /// The member of a structure that is the whole body.
    let payload: String?
    /// Whether a structure is free-form JSON.
    let isDocument: Bool
    /// Whether exactly one member of a structure is set.
    let isUnion: Bool

    func member(_ name: String) -> ShapeReference? {
        members.first { $0.name == name }
    }
}

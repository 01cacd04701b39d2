/// The shapes that one operation or one error reaches.
struct ShapeGraph: Sendable {
    let shapes: [Shape]

    subscript(reference: ShapeReference) -> Shape { shapes[reference.index] }

    /// The one element of a list.
    func element(of list: ShapeReference) -> ShapeReference { self[list].members[0] }

    /// Key and value of a map.
    func entry(of map: ShapeReference) -> (key: ShapeReference, value: ShapeReference) {
        let members = self[map].members
        return (members[0], members[1])
    }
}

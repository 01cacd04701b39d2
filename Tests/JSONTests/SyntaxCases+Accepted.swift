/// Texts that every parser must accept.
extension SyntaxCases {
    /// Well-formed arrays.
    static let acceptedArrays = list(
        #"""
        [[]   ]
        [""]
        []
        ["a"]
        [false]
        [null, 1, "1", {}]
        [null]
        [1%0A]
        %20[1]
        [1,null,null,null,2]
        [2]%20
        """#)

    /// Well-formed numbers.
    static let acceptedNumbers = list(
        #"""
        [123e65]
        [0e+1]
        [0e1]
        [ 4]
        [-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]%0A
        [20e1]
        [-0]
        [-123]
        [-1]
        [1E22]
        [1E-2]
        [1E+2]
        [123e45]
        [123.456e78]
        [1e-2]
        [1e+2]
        [123]
        [123.456789]
        """#)

    /// Well-formed objects.
    static let acceptedObjects = list(
        #"""
        {"asd":"sdf", "dfg":"fgh"}
        {"asd":"sdf"}
        {"a":"b","a":"c"}
        {"a":"b","a":"b"}
        {}
        {"":0}
        {"foo\u0000bar": 42}
        { "min": -1.0e+28, "max": 1.0e+28 }
        {"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
        {"a":[]}
        {"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430 \u0417\u0435\u043c\u043b\u0435\u043a\u043e\u043f\u0430" }
        {%0A"a": "b"%0A}
        """#)

    /// Well-formed strings.
    static let acceptedStrings = list(
        #"""
        ["\u0060\u012a\u12AB"]
        ["\uD801\udc37"]
        ["\ud83d\ude39\ud83d\udc8d"]
        ["\"\\\/\b\f\n\r\t"]
        ["\\u0000"]
        ["\""]
        ["a/*b*/c/*d//e"]
        ["\\a"]
        ["\\n"]
        ["\u0012"]
        ["\uFFFF"]
        ["asd"]
        [ "asd"]
        ["\uDBFF\uDFFF"]
        ["new\u00A0line"]
        ["%F4%8F%BF%BF"]
        ["%EF%BF%BF"]
        ["\u0000"]
        ["\u002c"]
        ["π"]
        ["%F0%9B%BF%BF"]
        ["asd "]
        " "
        ["\uD834\uDd1e"]
        ["\u0821"]
        ["\u0123"]
        ["%E2%80%A8"]
        ["%E2%80%A9"]
        ["\u0061\u30af\u30EA\u30b9"]
        ["new\u000Aline"]
        ["%7F"]
        ["\uA66D"]
        ["\u005C"]
        ["⍂㈴⍂"]
        ["\uDBFF\uDFFE"]
        ["\uD83F\uDFFE"]
        ["\u200B"]
        ["\u2064"]
        ["\uFDD0"]
        ["\uFFFE"]
        ["\u0022"]
        ["€%F0%9D%84%9E"]
        ["a%7Fa"]
        """#)

    /// Well-formed structure.
    static let acceptedStructure = list(
        #"""
        false
        42
        -0.1
        null
        "asd"
        true
        ""
        ["a"]%0A
        [true]
        %20[]%20
        """#)
}

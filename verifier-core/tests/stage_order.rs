//! The order of the workflow is in the types: what is out of order does not compile.

#[test]
fn stages_out_of_order_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/stage_order/*.rs");
}

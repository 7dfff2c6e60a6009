"""The outcomes of an interaction: claims with evidence, and the offers a person wants to hear of.

Pure: time, state, permissions and the catalogue of offers are arguments. The way through it:
`events` and `facts` describe what is known of one record, `state.fold` projects that to what one
purpose may read, `context.build_context` turns states and permissions into the document.
"""

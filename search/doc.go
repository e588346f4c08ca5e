// Package search holds the words of finding: what a document is, how a query is
// understood, what an engine promises, and how a hit is ranked and marked. It knows
// no library: the engines live in search/embedded and search/meili, and
// search/searchtest holds both to the same contract.
//
// Two decisions shape it:
//
//   - Chinese is found by pairs of characters and not by a dictionary of words: names
//     of places, rules and new things are in no dictionary, and what is written is
//     found. Both engines are given the same terms, made here, so they find the same.
//   - What people type is data. There is no query language: quotes, operators and
//     brackets separate words and do nothing else.
package search

"""Who may do what, written by hand: every route, and what each kind of visitor gets there.

`ok` is an answer of the page itself (200, a redirect it makes, or its own 400 for an empty form); `sign-in` leads to
signing in; 403 is refused; 404 doesn't exist for them (a one-time link without its token for nobody, and somebody
else's session for anybody).
A new route without a row here fails the suite.
"""

PAGES = """
method path                              signed-out viewer   editor   admin
GET    /                                 ok         ok       ok       ok
GET    /static/{file}                    ok         ok       ok       ok
GET    /static/{fingerprint}/{file}      ok         ok       ok       ok
GET    /healthz                          ok         ok       ok       ok
GET    /readyz                           ok         ok       ok       ok
GET    /metrics                          404        404      404      404
GET    /sign-in                          ok         ok       ok       ok
POST   /sign-in                          ok         ok       ok       ok
GET    /sign-in/code                     sign-in    ok       ok       ok
POST   /sign-in/code                     sign-in    sign-in  sign-in  sign-in
GET    /sign-in/provider                 404        404      404      404
GET    /sign-in/provider/back            404        404      404      404
POST   /sign-out                         ok         ok       ok       ok
GET    /setup                            404        404      404      404
POST   /setup                            404        404      404      404
GET    /welcome                          404        404      404      404
POST   /welcome                          404        404      404      404
GET    /account                          sign-in    ok       ok       ok
POST   /account                          sign-in    ok       ok       ok
POST   /account/sessions/end-others      sign-in    ok       ok       ok
POST   /account/sessions/{session}/end   sign-in    404      404      404
GET    /account/second-factor            sign-in    ok       ok       ok
POST   /account/second-factor            sign-in    ok       ok       ok
GET    /account/second-factor/codes      sign-in    ok       ok       ok
POST   /account/second-factor/codes      sign-in    ok       ok       ok
GET    /account/second-factor/remove     sign-in    ok       ok       ok
POST   /account/second-factor/remove     sign-in    ok       ok       ok
GET    /assistants                       sign-in    ok       ok       ok
GET    /assistants/{assistant}           sign-in    ok       ok       ok
GET    /assistants/{assistant}/delete    sign-in    403      ok       ok
POST   /assistants/{assistant}/delete    sign-in    403      ok       ok
GET    /assistants/new                   sign-in    403      ok       ok
POST   /assistants/new                   sign-in    403      ok       ok
GET    /assistants/{assistant}/edit      sign-in    403      ok       ok
POST   /assistants/{assistant}/edit      sign-in    403      ok       ok
POST   /assistants/{assistant}/merge     sign-in    403      ok       ok
GET    /assistants/{assistant}/duplicate sign-in    403      ok       ok
POST   /assistants/{assistant}/working-copy         401     403      ok       ok
POST   /assistants/{assistant}/working-copy/discard sign-in 403      ok       ok
POST   /assistants/new/working-copy                 401     403      ok       ok
POST   /assistants/new/working-copy/discard         sign-in 403      ok       ok
GET    /assistants/{assistant}/history   sign-in    ok       ok       ok
GET    /assistants/{assistant}/history/{number} sign-in ok   ok       ok
POST   /assistants/{assistant}/history/{number}/restore sign-in 403 ok ok
POST   /assistants/{assistant}/history/{number}/section sign-in 403 ok ok
GET    /assistants/{assistant}/history/at sign-in   ok       ok       ok
GET    /assistants/{assistant}/history/sentence sign-in ok   ok       ok
GET    /assistants/{assistant}/compare   sign-in    ok       ok       ok
GET    /replace                          sign-in    403      ok       ok
POST   /replace                          sign-in    403      ok       ok
GET    /bulk                             sign-in    403      ok       ok
POST   /bulk                             sign-in    403      ok       ok
GET    /bulk/{change}                    sign-in    403      ok       ok
POST   /bulk/{change}                    sign-in    403      ok       ok
GET    /bulk/{change}/assistants/{changed} sign-in  403      ok       ok
POST   /bulk/{change}/assistants/{changed} sign-in  403      ok       ok
GET    /bulk/{change}/confirm            sign-in    403      ok       ok
POST   /bulk/{change}/confirm            sign-in    403      ok       ok
POST   /bulk/{change}/renew              sign-in    403      ok       ok
POST   /bulk/{change}/discard            sign-in    403      ok       ok
GET    /batches                          sign-in    ok       ok       ok
GET    /batches/{batch}                  sign-in    ok       ok       ok
GET    /batches/{batch}/undo             sign-in    403      ok       ok
POST   /batches/{batch}/undo             sign-in    403      ok       ok
GET    /trash                            sign-in    ok       ok       ok
POST   /trash/{trashed}/restore          sign-in    403      ok       ok
GET    /import                           sign-in    403      ok       ok
POST   /import                           sign-in    403      ok       ok
GET    /import/{draft}                   sign-in    403      ok       ok
POST   /import/{draft}/confirm           sign-in    403      ok       ok
POST   /import/{draft}/stop              sign-in    403      ok       ok
POST   /import/{draft}/discard           sign-in    403      ok       ok
POST   /examples                         sign-in    403      ok       ok
GET    /export                           sign-in    ok       ok       ok
GET    /export/assistants.json           sign-in    ok       ok       ok
GET    /export/folder.zip                sign-in    ok       ok       ok
GET    /export/responses.jsonl           sign-in    ok       ok       ok
GET    /assistants/{assistant}/responses      sign-in ok     ok       ok
GET    /assistants/{assistant}/responses.json sign-in ok     ok       ok
GET    /assistants/{assistant}/responses.py   sign-in ok     ok       ok
GET    /models                           sign-in    404      404      ok
GET    /models/new                       sign-in    404      404      ok
POST   /models/new                       sign-in    404      404      ok
GET    /models/{model}/edit              sign-in    404      404      ok
POST   /models/{model}/edit              sign-in    404      404      ok
GET    /models/{model}/remove            sign-in    404      404      ok
POST   /models/{model}/remove            sign-in    404      404      ok
GET    /keys                             sign-in    404      404      ok
GET    /keys/new                         sign-in    404      404      ok
POST   /keys/new                         sign-in    404      404      ok
GET    /keys/created                     sign-in    404      404      ok
GET    /keys/{key}/revoke                sign-in    404      404      ok
POST   /keys/{key}/revoke                sign-in    404      404      ok
GET    /people                           sign-in    404      404      ok
GET    /people/new                       sign-in    404      404      ok
POST   /people/new                       sign-in    404      404      ok
GET    /people/link                      sign-in    404      404      ok
GET    /people/{person}/edit             sign-in    404      404      ok
POST   /people/{person}/edit             sign-in    404      404      ok
GET    /people/{person}/deactivate       sign-in    404      404      ok
POST   /people/{person}/deactivate       sign-in    404      404      ok
POST   /people/{person}/reactivate       sign-in    404      404      ok
POST   /people/{person}/link             sign-in    404      404      ok
GET    /people/{person}/second-factor/remove sign-in 404     404      ok
POST   /people/{person}/second-factor/remove sign-in 404     404      ok
GET    /activity                         sign-in    404      404      ok
GET    /activity/entries.csv             sign-in    404      404      ok
GET    /activity/entries.jsonl           sign-in    404      404      ok
"""

API = """
method path                          none read write
GET    /openapi.json                 200  200  200
GET    /v1/models                    401  200  200
GET    /v1/models/{model}            401  200  200
GET    /v1/assistants                401  200  200
POST   /v1/assistants                401  403  200
GET    /v1/assistants/{assistant}    401  200  200
POST   /v1/assistants/{assistant}    401  403  200
DELETE /v1/assistants/{assistant}    401  403  200
GET    /v1/assistants/{assistant}/versions 401 200 200
GET    /v1/assistants/{assistant}/versions/{version} 401 200 200
POST   /v1/assistants/{assistant}/versions/{version}/restore 401 403 200
GET    /v1/assistants/{assistant}/response_request 401 200 200
GET    /v1/response_requests         401  200  200
POST   /v1/imports                   401  403  400
POST   /v1/bulk_changes              401  403  400
GET    /v1/bulk_changes/{unknown}    401  403  404
DELETE /v1/bulk_changes/{unknown}    401  403  404
GET    /v1/bulk_changes/{unknown}/assistants 401 403 404
GET    /v1/bulk_changes/{unknown}/assistants/{assistant} 401 403 404
POST   /v1/bulk_changes/{unknown}/assistants/{assistant} 401 403 400
POST   /v1/bulk_changes/{unknown}/confirm 401 403 404
GET    /v1/batches                   401  200  200
GET    /v1/batches/{batch_id}        401  200  200
GET    /v1/batches/{batch_id}/assistants 401 200 200
POST   /v1/batches/{batch_id}/undo   401  403  200
"""

NOBODY_S = """
method path                                     viewer admin
GET    /assistants/{unknown}                    404    404
GET    /assistants/{trashed}                    404    404
GET    /assistants/{trashed}/edit               403    404
POST   /assistants/{trashed}/edit               403    404
POST   /assistants/{trashed}/merge              403    404
GET    /assistants/{trashed}/duplicate          403    404
GET    /assistants/{trashed}/delete             403    404
POST   /assistants/{trashed}/delete             403    404
POST   /assistants/{trashed}/working-copy       403    404
GET    /assistants/{trashed}/history            404    404
GET    /assistants/{trashed}/history/1          404    404
POST   /assistants/{trashed}/history/1/restore  403    400
POST   /assistants/{trashed}/history/1/section  403    400
GET    /assistants/{trashed}/history/at         404    404
GET    /assistants/{trashed}/history/sentence   404    404
GET    /assistants/{trashed}/compare            404    404
GET    /assistants/{trashed}/responses          404    404
GET    /assistants/{trashed}/responses.json     404    404
GET    /assistants/{trashed}/responses.py       404    404
GET    /assistants/{assistant}/history/99       404    404
POST   /assistants/{assistant}/history/99/restore 403  400
POST   /trash/{assistant}/restore               403    404
POST   /trash/{unknown}/restore                 403    404
GET    /import/{others_draft}                   403    404
POST   /import/{others_draft}/confirm           403    404
POST   /import/{others_draft}/stop              403    404
POST   /import/{others_draft}/discard           403    404
GET    /bulk/{others_change}                    403    404
POST   /bulk/{others_change}                    403    404
GET    /bulk/{others_change}/assistants/{changed}  403 404
POST   /bulk/{others_change}/assistants/{changed}  403 404
GET    /bulk/{others_change}/confirm            403    404
POST   /bulk/{others_change}/confirm            403    404
POST   /bulk/{others_change}/renew              403    404
POST   /bulk/{others_change}/discard            403    404
GET    /batches/{unknown}                       404    404
GET    /batches/99                              404    404
POST   /batches/99/undo                         403    404
GET    /models/{unknown}/edit                   404    404
POST   /models/{unknown}/remove                 404    404
GET    /keys/99/revoke                          404    404
POST   /keys/99/revoke                          404    404
GET    /people/99/edit                          404    404
POST   /people/99/edit                          404    404
POST   /people/99/deactivate                    404    404
POST   /people/99/link                          404    404
"""
"""What isn't there (any more), or is another editor's, by the same words as `PAGES`. 400 answers a form that lacks its
version, whatever is behind it."""

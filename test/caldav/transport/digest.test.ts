import { expect, test } from '@jest/globals';
import { digestHeader, parseChallenges, pickDigest } from '../../../src/caldav/transport/digest.ts';

/** RFC 7616 section 3.9.1. */
const BOTH = [
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
];
const MUFASA = {
  username: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

test.each([
  ['SHA-256', BOTH.join(', '), '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ['MD5', BOTH[1]!, '8ca523f5e9506fed4657c9700eebdbec'],
])('the example of RFC 7616 for %s', (algorithm, header, response) => {
  const challenge = pickDigest(parseChallenges(header))!;
  const value = digestHeader({ challenge, ...MUFASA });
  expect(value).toContain(`response="${response}"`);
  expect(value).toContain(
    `algorithm=${algorithm}, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001`,
  );
});

test('the example of RFC 2069, without qop', () => {
  const challenge = pickDigest(
    parseChallenges('digest realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'),
  )!;
  const value = digestHeader({ challenge, ...MUFASA, password: 'CircleOfLife' });
  // Source: RFC 2069 section 2.4 with the value of its erratum.
  expect(value).toContain('response="1949323746fe6a43ef61f9606e7febea"');
  expect(value).not.toContain('cnonce');
});

test('MD5-sess hashes the nonces in', () => {
  const challenge = pickDigest(parseChallenges('Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess'))!;
  const value = digestHeader({
    challenge,
    username: 'u',
    password: 'p',
    method: 'GET',
    uri: '/',
    count: 10,
    cnonce: 'c',
  });
  expect(value).toContain('algorithm=MD5-sess');
  expect(value).toContain('nc=0000000a');
  // md5(md5(md5("u:r:p"):n:c):n:0000000a:c:auth:md5("GET:/"))
  expect(value).toContain('response="a3708b6ddb2dfade2f1c564ef28f9d8c"');
});

test('several challenges in one header', () => {
  const read = parseChallenges('basic, Negotiate YWJj==, Digest REALM="a \\"b\\", c=d" ,nonce=x,stale=TRUE, Bearer');
  expect(read.map(({ scheme }) => scheme)).toEqual(['basic', 'negotiate', 'digest', 'bearer']);
  expect(pickDigest(read)).toMatchObject({ realm: 'a "b", c=d', nonce: 'x', stale: true, qop: false });
  expect(pickDigest(parseChallenges('Digest realm="r", nonce="n", algorithm=SHA-1'))).toBeNull();
  expect(pickDigest(parseChallenges('Digest realm="r", nonce="n", qop="auth-int"'))).toBeNull();
  expect(pickDigest(parseChallenges('Digest realm="r"'))).toBeNull();
});

test('names with quotes and letters of all kinds are written as bytes', () => {
  const challenge = pickDigest(parseChallenges('Digest realm="r", nonce="n", userhash=true'))!;
  const plain = { ...challenge, userhash: false };
  const asked = { username: 'J"ä', password: 'p', method: 'GET', uri: '/', count: 1, cnonce: 'c' };
  expect(digestHeader({ challenge: plain, ...asked })).toContain('username="J\\"\u00c3\u00a4"');
  expect(digestHeader({ challenge, ...asked })).toMatch(/username="[0-9a-f]{32}".*userhash=true/);
});
